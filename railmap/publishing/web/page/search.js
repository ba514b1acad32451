/* The search field: a list of what a text may mean, by pointer and by keyboard. */

import { answer, complain, element } from "./dom.js";
import { find, reason } from "./find.js";

/** Connect the field; `go(result)` shows a result. */
export function addSearch(about, go) {
  const form = document.getElementById("search");
  const query = document.getElementById("query");
  const list = document.getElementById("results");
  let results = [];
  let active = -1;
  let asked = 0;

  const isOpen = () => !list.hidden;

  function close() {
    list.hidden = true;
    active = -1;
    query.setAttribute("aria-expanded", "false");
    query.removeAttribute("aria-activedescendant");
  }

  function mark(index) {
    active = index;
    for (const [number, item] of [...list.children].entries()) {
      item.setAttribute("aria-selected", String(number === index));
    }
    if (index < 0) query.removeAttribute("aria-activedescendant");
    else {
      query.setAttribute("aria-activedescendant", list.children[index].id);
      list.children[index].scrollIntoView({ block: "nearest" });
    }
  }

  function option(result, number) {
    const item = element("li", undefined, { id: `result-${number}` });
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.append(
      element("span", result.kind, { className: "kind" }),
      element("span", result.label, { className: "label", dir: "auto" }),
    );
    if (result.detail) item.append(element("span", result.detail, { className: "detail", dir: "auto" }));
    item.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus
    item.addEventListener("click", () => take(result));
    return item;
  }

  async function look() {
    const turn = ++asked;
    const text = query.value;
    const found = await find(about, text);
    const count = `${found.length} result${found.length === 1 ? "" : "s"}`;
    const said = found.length || !text.trim() ? count : await reason(about, text);
    if (turn !== asked) return;
    results = found;
    list.replaceChildren(...found.map(option));
    active = -1;
    query.removeAttribute("aria-activedescendant");
    list.hidden = !found.length;
    query.setAttribute("aria-expanded", String(found.length > 0));
    answer(text.trim() ? said : "");
  }

  async function take(result) {
    close();
    query.value = result.kind === "Line" || result.kind === "Km" || result.kind === "Place"
      ? result.label : query.value;
    answer(result.said);
    await go(result).catch(complain);
  }

  async function submit() {
    const text = query.value;
    if (!text.trim()) return;
    const chosen = isOpen() && active >= 0 ? results[active] : null;
    asked += 1; // results under way would open the list again
    const [best] = chosen ? [chosen] : await find(about, text);
    close();
    if (best) await take(best);
    else answer(await reason(about, text), true);
  }

  query.addEventListener("input", () => look().catch(complain));
  query.addEventListener("blur", close);
  query.addEventListener("keydown", (event) => {
    const last = results.length - 1;
    if (event.key === "Escape" && isOpen()) {
      event.preventDefault(); // keep the text
      event.stopPropagation();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen()) { look().catch(complain); return; }
      if (event.key === "ArrowDown") mark(active >= last ? 0 : active + 1);
      else mark(active <= 0 ? last : active - 1);
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit().catch(complain);
  });
}
