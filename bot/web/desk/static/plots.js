// Draw each plot of the page from the numbers in its data-plot. A table beside it has them too.
const LINES = ["--accent", "--danger", "--link", "--success-fill", "--muted"];

function colour(name, place) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  place.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function clock(seconds, zone) {
  const parts = { hour: "numeric", minute: "2-digit", second: "2-digit", timeZone: zone };
  return new Date(seconds * 1000).toLocaleTimeString(document.documentElement.lang, parts);
}

function drawn(place) {
  const { xs, labels, lines, time, bars, zone } = JSON.parse(place.dataset.plot);
  place.hidden = false;
  place.replaceChildren();
  const [text, line] = [colour("--muted", place), colour("--line", place)];
  const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const series = labels.map((label, number) => {
    const stroke = colour(LINES[number % LINES.length], place);
    const paths = bars ? uPlot.paths.bars({ size: [0.7, 40] }) : undefined;
    const dim = number === 0 ? 1 : 0.6;
    return { label, stroke, fill: bars ? stroke : undefined, alpha: bars ? dim : 1, width: 2, paths, points: { show: !bars && xs.length < 60 } };
  });
  const language = document.documentElement.lang;
  const written = (one) => (zone ? clock(one, zone) : time ? new Date(one * 1000).toLocaleDateString(language, { day: "numeric", month: "short", timeZone: "UTC" }) : one);
  const whole = (draw) => (_, found) => found.map((one) => (Number.isInteger(one) ? draw(one) : "")); // no half reader
  const along = { ...axis, space: 70, values: whole(written) };
  const counts = { ...axis, size: 70, values: whole((one) => one.toLocaleString(language)) };
  const options = {
    width: place.clientWidth,
    height: 220,
    scales: { x: { time }, y: { range: (_, low, high) => [Math.min(0, low), Math.max(1, high * 1.05)] } },
    series: [{ label: "", value: (_, one) => (one == null ? "" : written(one)) }, ...series],
    axes: [along, counts],
    legend: { show: labels.length > 1, live: false },
  };
  return new uPlot(options, [xs, ...lines], place);
}

function start() {
  const places = [...document.querySelectorAll("[data-plot]")].filter((one) => JSON.parse(one.dataset.plot).lines.length);
  let plots = places.map(drawn);
  const again = () => {
    plots.forEach((one) => one.destroy());
    plots = places.map(drawn);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  let frame = 0;
  addEventListener("resize", () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(again);
  });
}

// The rate of a running push: each event of its stream brings all points anew into #live.
function follow() {
  const source = document.querySelector("#live");
  const section = document.querySelector("#speed");
  if (!source || !section) {
    return;
  }
  const place = section.querySelector(".plot");
  let plot = null;
  const redraw = () => {
    plot?.destroy();
    plot = place.dataset.plot ? drawn(place) : null;
  };
  const take = () => {
    const found = source.querySelector("[data-speeds]");
    if (!found) {
      return;
    }
    place.dataset.plot = found.dataset.speeds;
    section.hidden = false;
    const { xs, lines, zone } = JSON.parse(found.dataset.speeds);
    if (plot) {
      plot.setData([xs, ...lines]);
    } else {
      redraw();
    }
    const rows = xs.map((at, number) => row(clock(at, zone), lines[0][number]));
    section.querySelector("tbody").replaceChildren(...rows.reverse());
  };
  new MutationObserver(take).observe(source, { childList: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("resize", redraw);
  take();
}

function row(label, number) {
  const made = document.createElement("tr");
  const [head, cell] = [document.createElement("th"), document.createElement("td")];
  head.scope = "row";
  head.textContent = label;
  cell.className = "number";
  cell.textContent = number.toLocaleString(document.documentElement.lang);
  made.append(head, cell);
  return made;
}

start();
follow();
