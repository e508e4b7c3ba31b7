// The browser's side of a lab: native controls (which have names and work by keyboard), the picture, the sentence.
//
// The kernel owns what is shown (see lab.py). Controls move at once, but all that they do is to send a wish, numbered, with
// all values. The frame that answers the newest wish says what the values are; controls follow it if they differ.
// While a control is in somebody's hand, the kernel sends ahead what its other places would give; what is known is shown
// at once, and its frame comes after it.

const MOST_UNANSWERED = 2; // wishes on their way: one is being drawn, the next one lies ready
const LOST = 5000; // milliseconds after which a wish is not waited for any more
const SILENT = 20000; // milliseconds after which a run that shows nothing new may be gone; compiling takes less
const TWICE = 500; // milliseconds within which the same places are not asked for again
const MOST_KNOWN = 1e6; // numbers that a page keeps of what was sent ahead
const UNANSWERED = "No answer: the kernel is busy, or it is gone. What the lab knows still moves; for the rest, run its cell again.";
const LINK = "#lab:"; // begins the address of a link that sets controls, as in #lab:std=0.141,depth=30

// What values give, by these values; the oldest are forgotten.
class Known {
  #entries = new Map();
  #size = 0;
  static key = (values) => JSON.stringify(values);
  static #sizeOf = ({ numbers }) => numbers.reduce((sum, each) => sum + 2 * (each[0]?.length ?? 0), 0);
  get = (values) => this.#entries.get(Known.key(values));
  add = (entry) => {
    if (this.#entries.has(Known.key(entry.values))) return;
    this.#entries.set(Known.key(entry.values), entry);
    this.#size += Known.#sizeOf(entry);
    for (const [key, oldest] of this.#entries) {
      if (this.#size <= MOST_KNOWN) break;
      this.#entries.delete(key);
      this.#size -= Known.#sizeOf(oldest);
    }
  };
}

function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function formatted(value) {
  return String(Number(Number(value).toPrecision(4)));
}

// A slider and a field for one number. On a logarithmic scale the slider counts powers of ten; where a recording has
// only some values, it counts these.
function numberControl(spec, id, changed) {
  const counted = (number) => spec.places.filter((place) => place < number).length;
  const position = spec.places ? counted : spec.log ? Math.log10 : Number;
  const value = spec.places ? (place) => spec.places[place] : spec.log ? (place) => 10 ** place : Number;
  const clamp = (number) => Math.min(Math.max(number, spec.lowest), spec.highest);
  const slider = element("input", {
    type: "range", id, className: "slider",
    min: position(spec.lowest), max: position(spec.highest), step: spec.step,
  });
  slider.dataset.log = String(spec.log);
  const field = element("input", { type: "text", inputMode: "decimal", className: "field" });
  field.setAttribute("aria-label", `${spec.label}, number`);
  let current = spec.default;
  const show = (number) => {
    current = number;
    slider.value = position(number);
    slider.setAttribute("aria-valuetext", formatted(number));
    if (document.activeElement !== field || Number(field.value) !== number) field.value = formatted(number);
  };
  const choose = (number, released) => { show(number); changed(number, released); };
  const valueAt = (place) => {
    const number = clamp(Number(value(place).toPrecision(spec.log ? 3 : 6)));
    return spec.whole ? Math.round(number) : number;
  };
  const placed = (place) => Number(place.toPrecision(12)); // as the slider writes its own
  const fromSlider = () => valueAt(Number(slider.value));
  let moving = false;
  slider.addEventListener("input", () => { moving = true; choose(fromSlider(), false); });
  const release = () => { if (moving) choose(fromSlider(), true); moving = false; };
  // A slider that comes back to where it was taken fires no "change", though the number that it began with may lie
  // between its steps.
  for (const event of ["change", "pointerup", "blur"]) slider.addEventListener(event, release);
  field.addEventListener("change", () => {
    const text = field.value.trim();
    const grouped = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(text); // 1,000 as the labs write it; 0,5 is a half
    const typed = Number(grouped ? text.replaceAll(",", "") : text.replace(",", "."));
    const isNumber = text !== "" && !Number.isNaN(typed);
    const number = isNumber ? clamp(typed) : current;
    choose(spec.whole ? Math.round(number) : number, true);
  });
  // The values of all places of the slider, those nearest to where it is first.
  const places = () => {
    const [lowest, highest, step] = [slider.min, slider.max, slider.step].map(Number);
    const at = Math.round((position(current) - lowest) / step);
    const all = Array.from({ length: Math.round((highest - lowest) / step) + 1 }, (_, place) => place);
    return all.sort((a, b) => Math.abs(a - at) - Math.abs(b - at)).map((place) => valueAt(placed(lowest + place * step)));
  };
  return { name: element("label", { htmlFor: id, textContent: spec.label }), parts: [slider, field], show, places };
}

function choiceControl(spec, id, changed) {
  const menu = element("select", { id }, spec.options.map((option) => element("option", { textContent: option })));
  menu.addEventListener("change", () => changed(menu.value, true));
  const show = (option) => { menu.value = option; };
  return { name: element("label", { htmlFor: id, textContent: spec.label }), parts: [menu], show, places: () => spec.options };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch { // a lone % sign
    return text;
  }
}

// What a link asks for, by control.
function askedBy(link) {
  const settings = decoded(link.hash).slice(LINK.length).split(",");
  return Object.fromEntries(settings.map((setting) => setting.split("=")));
}

// The lab that a link means: of those in its notebook that have these controls, the last one before it, or the first.
function labFor(link, names) {
  const labs = Array.from((link.closest(".jp-Notebook") ?? document).querySelectorAll(".lab"));
  const fitting = labs.filter((lab) => names.every((name) => lab.names?.includes(name)));
  const before = fitting.filter((lab) => lab.compareDocumentPosition(link) & Node.DOCUMENT_POSITION_FOLLOWING);
  return before.at(-1) ?? fitting[0];
}

function render({ model, el }) {
  const trains = model.get("trains");
  const view = crypto.getRandomValues(new Uint32Array(2)).join("-");
  let shown = { number: 0 };
  let wanted = model.get("frame").values; // of the newest wish, or of the frame that came after its answer
  let [newest, answered, held] = [0, 0, false]; // numbers of wishes; whether the newest one has not been sent yet
  let sent = []; // wishes without an answer
  let painted = null; // numbers and sentence that are on the page
  let result = null; // the last of these that were not of a run that goes on, or of a failure
  let compared = null; // the same of those that were pinned
  let patience; // a timer
  let inHand = Object.keys(model.get("controls"))[0]; // the control that was last used
  const known = new Known();
  const controls = {};

  const say = (content) => {
    try {
      model.send(content);
    } catch { // its kernel was restarted or shut down
      note.textContent = UNANSWERED;
    }
  };
  const send = (kind) => {
    held = false;
    sent.push({ number: newest, at: performance.now() });
    say({ kind, view, number: newest, values: wanted });
    wait(LOST);
  };
  const wait = (milliseconds) => {
    clearTimeout(patience);
    patience = setTimeout(() => {
      note.textContent = UNANSWERED;
      sent = []; // they may be lost, and one that is held would wait for them for good
      if (held) send("set");
    }, milliseconds);
  };
  const wish = (kind, values) => {
    wanted = values;
    mark();
    lab.dataset.wish = newest += 1;
    sent = sent.filter(({ at }) => performance.now() - at < LOST);
    // A slider moves faster than pictures come: its latest value goes out with the next answer, the others never.
    held = kind === "set" && sent.length >= MOST_UNANSWERED;
    if (!held) send(kind);
    paintKnown();
  };
  const paintKnown = () => {
    const entry = trains || answered === newest ? undefined : known.get(wanted);
    if (entry) paint(entry);
  };
  let [swept, sweptAt] = ["", 0]; // what was asked for last, and when: a click is a focus, too
  const lookAhead = (name) => { // ask for what the other places of a control would give
    inHand = name;
    const around = JSON.stringify([name, { ...wanted, [name]: null }]);
    if (trains || (around === swept && performance.now() - sweptAt < TWICE)) return;
    [swept, sweptAt] = [around, performance.now()];
    const places = controls[name].places().filter((place) => !known.get({ ...wanted, [name]: place }));
    if (places.length) say({ kind: "ahead", control: name, places, values: wanted });
  };
  const show = (values) => {
    for (const [name, control] of Object.entries(controls)) control.show(values[name]);
  };
  const mark = () => { // the preset whose values these are, if there is one, looks pressed
    for (const [made, values] of presets) {
      made.setAttribute("aria-pressed", String(Object.keys(values).every((name) => values[name] === wanted[name])));
    }
  };

  const grid = element("div", { className: "controls" });
  for (const [name, spec] of Object.entries(model.get("controls"))) {
    const changed = (value, released) => {
      if (!released && trains) return; // a training run starts when the slider is let go
      if (wanted[name] !== value) wish("set", { ...wanted, [name]: value });
    };
    const make = spec.kind === "number" ? numberControl : choiceControl;
    controls[name] = make(spec, `lab-${view}-${name}`, changed);
    for (const part of controls[name].parts) {
      part.name = name;
      for (const event of ["pointerdown", "focus"]) part.addEventListener(event, () => lookAhead(name));
    }
    grid.append(controls[name].name, ...controls[name].parts);
  }

  const button = (text, kind, values) => {
    const made = element("button", { type: "button", textContent: text });
    made.addEventListener("click", () => {
      if (values) show(values);
      wish(kind, values ?? wanted);
      lookAhead(inHand);
    });
    return made;
  };
  const ticked = (made) => {
    const tick = element("span", { className: "tick" });
    tick.setAttribute("aria-hidden", "true"); // aria-pressed says it
    made.prepend(tick);
    return made;
  };
  const presets = Object.entries(model.get("presets"))
    .map(([text, values]) => [ticked(button(text, "set", values)), values]);
  const training = trains ? [button("Train", "set"), button("Stop", "stop")] : [];
  const compare = element("button", { type: "button", textContent: "Compare" });
  compare.addEventListener("click", () => pin(compared ? null : result));
  const reset = button("Reset", "reset", model.get("defaults"));
  reset.addEventListener("click", () => pin(null));
  const last = [...training, ticked(compare), reset];
  for (const own of last) own.classList.add("own");
  const buttons = element("div", { className: "buttons" }, [...presets.map(([made]) => made), ...last]);

  const image = picture(model.get("scene"));
  const sentence = element("p", { className: "sentence" });
  sentence.setAttribute("role", "status"); // a screen reader says what has changed, once it has come to rest
  const before = element("p", { className: "compared" });
  const note = element("p", { className: "note" });
  note.setAttribute("role", "status");

  const paint = ({ values, numbers, sentence: text, failed = false, running = false }) => {
    const key = Known.key(values);
    sentence.classList.toggle("failed", failed);
    if (!failed && !running) result = { numbers, sentence: text };
    if (!trains && painted?.key === key && painted.sentence === text) return; // was sent ahead, and is answered now
    lab.painted = painted = { key, numbers, sentence: text }; // there for tests
    sentence.textContent = text;
    redraw();
  };
  const redraw = () => {
    image.draw(painted.numbers, compared?.numbers);
    const behind = compared ? ` Behind it, pale, for comparison: ${compared.sentence}` : "";
    image.root.setAttribute("aria-label", `${model.get("caption")}${behind} ${painted.sentence}`);
  };
  const pin = (what) => {
    compared = what;
    compare.setAttribute("aria-pressed", String(what !== null));
    before.textContent = what ? `Pale, for comparison: ${what.sentence}` : "";
    redraw();
  };

  const lab = element("div", { className: "lab" }, [grid, buttons, image.root, sentence, before, note]);
  lab.addEventListener("keydown", (event) => { // or JupyterLab takes arrows and letters for its own commands
    if (!event.ctrlKey && !event.metaKey && event.key !== "Escape") event.stopPropagation();
  });
  lab.setAttribute("role", "group");
  lab.setAttribute("aria-label", `Lab: ${model.get("title")}`);
  lab.dataset.wish = newest;

  const receive = (frame) => {
    if (frame.number < shown.number) return;
    shown = frame;
    answered = Math.max(answered, frame.answers[view] ?? 0);
    sent = sent.filter(({ number }) => number > answered);
    if (held && sent.length < MOST_UNANSWERED) send("set");
    if (answered === newest) {
      clearTimeout(patience);
      if (frame.running) wait(SILENT);
      note.textContent = "";
      const moved = Object.keys(controls).filter((name) => frame.values[name] !== wanted[name]);
      wanted = frame.values;
      mark();
      for (const name of moved) controls[name].show(wanted[name]); // the others may be in somebody's hand
    }
    sentence.setAttribute("aria-busy", String(frame.running));
    if (answered === newest || !known.get(wanted)) paint(frame); // otherwise what was wished for is on the page
    Object.assign(lab.dataset, { answered, frame: frame.number, values: JSON.stringify(frame.values) });
  };
  const message = (content) => {
    if (content.kind !== "ahead") return receive(content);
    content.entries.forEach(known.add);
    paintKnown();
    lab.dataset.known = Number(lab.dataset.known ?? 0) + content.entries.length;
  };
  model.on("msg:custom", message);
  show(wanted);
  receive(model.get("frame"));
  pin(null);
  say({ kind: "hello" }); // the model's frame is that of its beginning
  el.append(lab);

  const follow = (event) => { // before JupyterLab, which looks for a heading of that name
    const link = event.target.closest?.(`a[href*="${LINK}"]`);
    const asked = link && askedBy(link);
    if (!link || labFor(link, Object.keys(asked)) !== lab) return;
    event.preventDefault();
    event.stopPropagation();
    for (const [name, text] of Object.entries(asked)) {
      const { kind, lowest, highest } = model.get("controls")[name];
      const value = kind === "number" ? Math.min(Math.max(Number(text), lowest), highest) : text;
      asked[name] = Number.isNaN(value) ? wanted[name] : value;
    }
    show({ ...wanted, ...asked });
    wish("set", { ...wanted, ...asked });
    lookAhead(inHand);
    lab.scrollIntoView({ block: "nearest" });
  };
  lab.names = Object.keys(controls);
  window.addEventListener("click", follow, true);

  return () => {
    window.removeEventListener("click", follow, true);
    model.off("msg:custom", message);
    clearTimeout(patience);
    image.stop();
  };
}

export default { render };
