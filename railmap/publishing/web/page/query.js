/* What a typed text may mean as a place: coordinates, or a kilometre on a line. */

const NUMBER = "[0-9]+(?:[.,][0-9]+)?";
const value = (digits) => Number((digits ?? "0").replace(",", "."));

/** The words of a text in lower case and without accents, as the index has them. */
export function wordsOf(text) {
  const plain = text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}

const DMS = String.raw`(\d+(?:[.,]\d+)?)\s*(?:°|deg)?\s*(?:(\d+(?:[.,]\d+)?)\s*['′’]\s*(?:(\d+(?:[.,]\d+)?)\s*["″”]\s*)?)?`;
const HEMISPHERES = [
  new RegExp(`^${DMS}\\s*([NSEWO])[\\s,;]*${DMS}\\s*([NSEWO])$`, "i"),
  new RegExp(`^([NSEWO])\\s*${DMS}[\\s,;]*([NSEWO])\\s*${DMS}$`, "i"),
];

function degrees([whole, minutes, seconds], side) {
  const size = value(whole) + value(minutes) / 60 + value(seconds) / 3600;
  return /[SW]/i.test(side) ? -size : size;
}

/** [lon, lat] of "48.75, 9.00", "48,75; 9,00", "48.753 9.001", 48°45'N 9°0'E, geo:48.75,9; else null. */
export function parsePlace(text) {
  const plain = text.trim().replace(/^geo:/i, "");
  for (const [index, pattern] of HEMISPHERES.entries()) {
    const found = pattern.exec(plain);
    if (!found) continue;
    const p = found.slice(1);
    const [first, second] = index ? [[p.slice(1, 4), p[0]], [p.slice(5, 8), p[4]]]
      : [[p.slice(0, 3), p[3]], [p.slice(4, 7), p[7]]];
    const isNorth = (side) => /[NS]/i.test(side);
    if (isNorth(first[1]) === isNorth(second[1])) return null;
    const [lat, lon] = isNorth(first[1]) ? [first, second] : [second, first];
    return checked(degrees(...lon), degrees(...lat));
  }
  const found = /^([-−+]?\d+(?:\.\d+)?)°?\s*[,;]\s*([-−+]?\d+(?:\.\d+)?)°?$/.exec(plain)
    ?? /^([-−+]?\d+(?:,\d+)?)°?\s*[;]\s*([-−+]?\d+(?:,\d+)?)°?$/.exec(plain)
    ?? /^([-−+]?\d+[.,]\d{3,})°?,?\s+([-−+]?\d+[.,]\d{3,})°?$/.exec(plain);
  if (!found || /^\d+,\d+$/.test(plain)) return null; // "12,4" is a decimal fraction
  const [lat, lon] = found.slice(1).map((one) => Number(one.replace("−", "-").replace(",", ".")));
  return Math.abs(lat) > 90 ? checked(lat, lon) : checked(lon, lat);
}

const checked = (lon, lat) => (Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? [lon, lat] : null);

const ALONG = new RegExp(
  `^(?:(?!km\\b)(.+?)(?:[,;]?\\s+|;|(?=km)))?(?:(km)\\s*)?(-?${NUMBER})(?:\\s*km)?(?:\\s*\\+\\s*(${NUMBER}))?(?:\\s*m)?`
  + `(?:[\\s,]*(?:(right|left)\\s*(${NUMBER})(?:\\s*m)?|(${NUMBER})\\s*m?\\s*(right|left)))?$`, "i",
);

/** {ref, m, plus, offset, said} of "6185 km 12.4 +3.2 left 1.5"; `said` if "km" is in it; else null. */
export function parseChainage(text) {
  const parts = ALONG.exec(text.trim());
  if (!parts) return null;
  const [, ref = "", km, digits, plus, side, beside, besideToo, sideToo] = parts;
  if (digits.startsWith("-") && !km) return null;
  const offset = value(beside ?? besideToo);
  return {
    ref,
    m: value(digits) * 1000,
    plus: value(plus),
    offset: (side ?? sideToo)?.toLowerCase() === "left" ? -offset : offset,
    said: Boolean(km) || /\d\s*km\b/i.test(text),
  };
}
