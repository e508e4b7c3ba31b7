// The picture of a lab, drawn in the page: axes, grids and ticks by uPlot, and on them what moves, from numbers.
//
// A scene (scene.py) says what there is and how it looks; the paper is white, as that of the figures.

const [INK, GRID] = ["#262626", "#e3e3e3"];
const [SMALL, LARGE] = ["14px sans-serif", "17px sans-serif"];
const [TICK_WIDTH, LETTER, LOWEST] = [44, 8.4, 130]; // pixels: between ticks, of a letter, of a panel's height at least
const SIDE = 26; // pixels at the right of a panel, for half a number

// The browser's language; English where its name for it is no language tag.
function knownLanguage() {
  try {
    return Intl.getCanonicalLocales(navigator.language)[0];
  } catch {
    return "en-US";
  }
}

function picture(scene) {
  const root = element("div", { className: "picture" });
  root.setAttribute("role", "img");
  root.style.setProperty("--columns", scene.columns);
  root.style.maxWidth = `${scene.columns * (Math.max(...scene.panels.map(({ width }) => width)) + 2 * TICK_WIDTH)}px`;
  if (scene.legend.length) root.append(element("div", { className: "legend" }, scene.legend.map(legendEntry)));
  const axis = Math.max(...scene.panels.map(({ y }) => axisWidth(y))); // the same for all, so that they end on one line
  const panels = scene.panels.map((panel, index) => {
    const own = scene.moving.map((look, place) => ({ look, place })).filter(({ look }) => look.panel === index);
    return panelOf(panel, own, axis);
  });
  root.append(...panels.map(({ holder }) => holder));
  return {
    root,
    // Numbers as a frame has them; of `compared`, if there are such, what is shown pale behind them.
    draw: (numbers, compared) => panels.forEach((panel) => panel.draw(numbers, compared)),
    stop: () => panels.forEach((panel) => panel.stop()),
  };
}

function legendEntry({ name, color, width, dashes }) {
  const sample = `<svg width="36" height="12" aria-hidden="true"><line x1="0" y1="6" x2="36" y2="6" stroke="${color}"
    stroke-width="${width}" stroke-dasharray="${dashes.join(" ")}"/></svg>`;
  const entry = element("span", { innerHTML: sample });
  entry.append(name);
  return entry;
}

function panelOf(panel, own, axis) {
  const place = element("div", { className: "place" });
  const holder = element("div", { className: "panel" }, [element("p", { textContent: panel.name }), place]);
  let [chart, shown] = [null, null];
  const sizeFor = (width) => {
    const across = Math.min(width, panel.width + 2 * TICK_WIDTH) - axis - SIDE;
    const height = panel.square ? across : Math.max(LOWEST, panel.height * Math.min(1, across / panel.width));
    return { width: across + axis + SIDE, height: height + axisHeight(panel.x) + 10 };
  };
  const marks = (u) => {
    for (const look of panel.still) mark(u, look, look.numbers);
    for (const { look, place: at } of own) {
      if (shown.compared && look.alpha === 1) mark(u, faded(look), shown.compared[at]);
    }
    for (const { look, place: at } of own) mark(u, look, shown.numbers[at]);
  };
  const fit = () => {
    if (!shown || place.clientWidth < 60) return; // out of sight
    const size = sizeFor(place.clientWidth);
    if (!chart) {
      chart = new uPlot({ ...size, ...settings(panel, axis), hooks: { draw: [marks] } }, [panel.x.limits, [null, null]], place);
    } else if (chart.width !== size.width || chart.height !== size.height) {
      chart.setSize(size);
    }
  };
  const observer = new ResizeObserver(fit);
  observer.observe(place);
  return {
    holder,
    draw: (numbers, compared) => {
      shown = { numbers, compared };
      if (chart) chart.redraw(false, false);
      else fit();
    },
    stop: () => { observer.disconnect(); chart?.destroy(); },
  };
}

function axisWidth({ ticks, label }) {
  return 14 + LETTER * Math.max(...ticks.map(([, text]) => text.length)) + (label ? 24 : 0);
}

function axisHeight({ label }) {
  return 28 + (label ? 24 : 0);
}

function settings(panel, width) {
  const scale = ({ limits, log }) => ({ time: false, auto: false, range: () => limits, distr: log ? 3 : 1 });
  const axis = (about, side, size) => {
    const texts = new Map(about.ticks);
    const letters = Math.max(...about.ticks.map(([, text]) => text.length));
    const splits = (u) => {
      const room = side === 2 ? u.bbox.width / Math.max(TICK_WIDTH, LETTER * (letters + 1)) : u.bbox.height / 22;
      const every = Math.ceil(about.ticks.length / Math.max(1, room / devicePixelRatio));
      return about.ticks.filter((_, place) => place % every === 0).map(([value]) => value);
    };
    return {
      side, size, splits, font: SMALL, stroke: INK, labelFont: SMALL, labelSize: 24, labelGap: 0, gap: 4,
      scale: side === 2 ? "x" : "y",
      label: about.label || null,
      values: (_, places) => places.map((value) => texts.get(value)),
      filter: (_, places) => places,
      grid: { show: panel.grid, stroke: GRID, width: 1 },
      ticks: { stroke: INK, width: 1, size: 4 },
      border: { show: true, stroke: INK, width: 1 },
    };
  };
  return {
    scales: { x: scale(panel.x), y: scale(panel.y) },
    axes: [axis(panel.x, 2, 28), axis(panel.y, 3, width - (panel.y.label ? 24 : 0))],
    series: [{}, {}],
    legend: { show: false },
    cursor: { show: false },
    padding: [10, SIDE, 0, 0],
  };
}

function faded(look) {
  return { ...look, alpha: 0.3, width: look.width && look.width + 6, dashes: [] };
}

function mark(u, look, numbers) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  if (look.share !== "y" && look.share !== "xy") { // what stands at a share of the panel may touch its edge
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
  }
  const across = (value) => u.valToPos(value, "x", true);
  const upwards = (value) => bbox.top + (1 - value) * bbox.height;
  const y = look.share === "y" ? upwards : (value) => u.valToPos(value, "y", true);
  if (look.share === "xy") {
    Object.assign(ctx, { font: LARGE.replace("17", 17 * ratio), fillStyle: INK, textAlign: look.align, textBaseline: "top" });
    ctx.fillText(numbers, bbox.left + look.at[0] * bbox.width, upwards(look.at[1]));
  } else {
    const places = numbers[0].map((value, i) => (numbers[1][i] === null ? null : [across(value), y(numbers[1][i])]));
    Object.assign(ctx, { globalAlpha: look.alpha, strokeStyle: look.color, fillStyle: look.color, lineJoin: "round" });
    if (look.width) line(ctx, look, places, ratio);
    if (look.marker) for (const at of places) if (at) symbol(ctx, look.marker, at, look.size * ratio / 2);
  }
  ctx.restore();
}

function line(ctx, look, places, ratio) {
  ctx.lineWidth = look.width * ratio;
  ctx.setLineDash(look.dashes.map((length) => length * ratio));
  ctx.beginPath();
  let isDown = false;
  for (const at of places) {
    if (at) ctx[isDown ? "lineTo" : "moveTo"](...at);
    isDown = at !== null;
  }
  ctx.stroke();
}

function symbol(ctx, marker, [x, y], radius) {
  ctx.setLineDash([]);
  ctx.beginPath();
  if (marker === "o") {
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.fill();
  } else if (marker === "D") {
    const across = radius * Math.SQRT2;
    for (const [dx, dy] of [[across, 0], [0, across], [-across, 0], [0, -across]]) ctx.lineTo(x + dx, y + dy);
    ctx.fill();
  } else { // a cross
    ctx.lineWidth = radius * 0.7;
    for (const side of [1, -1]) {
      ctx.moveTo(x - radius * 0.75, y - side * radius * 0.75);
      ctx.lineTo(x + radius * 0.75, y + side * radius * 0.75);
    }
    ctx.stroke();
  }
}
