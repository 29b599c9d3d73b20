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

function drawn(place) {
  const { xs, labels, lines, time, bars } = JSON.parse(place.dataset.plot);
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
  const written = (one) => (time ? new Date(one * 1000).toLocaleDateString(language, { day: "numeric", month: "short", timeZone: "UTC" }) : one);
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

start();
