// Drag a scheduled push to another hour of the week: the drop sends the form that moves it.
const form = document.getElementById("move");
let dragged = null;

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-push]");
  if (dragged) event.dataTransfer.setData("text/plain", dragged.dataset.push);
});
document.addEventListener("dragend", () => {
  dragged = null;
  mark(null);
});
document.addEventListener("dragover", (event) => {
  const cell = event.target.closest?.("td[data-at]");
  if (dragged && cell) event.preventDefault();
  mark(dragged ? cell : null);
});
document.addEventListener("drop", (event) => {
  const cell = event.target.closest?.("td[data-at]");
  if (!dragged || !cell || cell.contains(dragged)) return;
  event.preventDefault();
  form.action = `/desk/pushes/${dragged.dataset.push}/move`;
  form.elements.at.value = `${cell.dataset.at}:${dragged.dataset.minute}`;
  form.elements.seen.value = dragged.dataset.seen;
  form.requestSubmit();
});

function mark(cell) {
  for (const one of document.querySelectorAll("td.over")) if (one !== cell) one.classList.remove("over");
  cell?.classList.add("over");
}
