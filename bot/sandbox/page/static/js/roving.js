// One tab stop for many controls: Tab reaches one of them, arrow keys the others.

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

/** The item to which a key leads from `current`; undefined if the key moves nothing, or there is nothing further. */
export function beside(items, current, key) {
  if (key === "Home") return items[0];
  if (key === "End") return items.at(-1);
  return key in STEPS ? items[items.indexOf(current) + STEPS[key]] : undefined;
}

/** Let Tab reach only `chosen` of these controls. */
export function oneStop(controls, chosen) {
  for (const control of controls) control.tabIndex = control === chosen ? 0 : -1;
}

/** Make the buttons in a box one tab stop: the one that was used last, at first the first one. */
export function rove(box) {
  const buttons = () => [...box.querySelectorAll("button")];
  oneStop(buttons(), buttons()[0]);
  box.addEventListener("focusin", (event) => oneStop(buttons(), event.target));
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = beside(buttons(), event.target, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}
