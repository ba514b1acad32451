/* Files of the published folder. */

const base = new URL("..", import.meta.url);
const loaded = new Map();

export const address = (file) => new URL(file, base).href;

/** A JSON file, loaded once. */
export function json(file) {
  if (!loaded.has(file)) {
    const answer = fetch(address(file)).then((found) => {
      if (!found.ok) throw new Error(`${file} cannot be loaded (${found.status})`);
      return found.json();
    });
    answer.catch(() => loaded.delete(file)); // try again later
    loaded.set(file, answer);
  }
  return loaded.get(file);
}

/** Two hexadecimal digits of the 32 bit FNV-1a hash: the file that has an id or a word. */
export function shardOf(text) {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  }
  return (value & 0xff).toString(16).padStart(2, "0");
}

class WholeFile {
  constructor(url, bytes) { Object.assign(this, { url, bytes }); }
  getKey() { return this.url; }
  async getBytes(offset, length) {
    this.bytes ??= fetch(this.url).then((answer) => answer.arrayBuffer());
    return { data: (await this.bytes).slice(offset, offset + length) };
  }
}

async function clearPicture() {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const blob = await new Promise((done) => { canvas.toBlob(done); });
  return blob.arrayBuffer();
}

/** Let MapLibre read tiles: by ranges where the server knows them, else each file as a whole. */
export async function addArchives(groups) {
  const protocol = new pmtiles.Protocol();
  const clear = await clearPicture();
  maplibregl.addProtocol("pmtiles", async (request, abort) => {
    const tile = await protocol.tile(request, abort);
    // MapLibre waits for ever for a picture that isn't there.
    return request.type === "image" && !tile.data?.byteLength ? { data: clear.slice(0) } : tile;
  });
  const urls = groups.flatMap((sources) => Object.values(sources)).map((source) => address(source.file));
  if (!urls.length) return;
  const probe = await fetch(urls[0], { headers: { Range: "bytes=0-0" } });
  const bytes = await probe.arrayBuffer();
  for (const [index, url] of urls.entries()) {
    const whole = () => new WholeFile(url, index ? undefined : bytes);
    protocol.add(new pmtiles.PMTiles(probe.status === 206 ? url : whole()));
  }
}
