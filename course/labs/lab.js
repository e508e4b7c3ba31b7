// The browser's side of a lab: native controls (which have names and work by keyboard), the picture, the sentence.
//
// The kernel owns what is shown (see lab.py). Controls move at once, but all that they do is to send a numbered request with
// all values. The frame that answers the newest request says what the values are; controls follow it if they differ.
// While somebody uses a control, the kernel sends what its other places would show before anybody asks; what is there is
// shown at once, and its frame comes after it.

const MOST_UNANSWERED = 2; // requests on their way: one is being drawn, the next one lies ready
const LOST = 5000; // milliseconds after which a request is not waited for any more
const SILENT = 20000; // milliseconds after which a run that shows nothing new may be gone; compiling takes less
const MOST_PREFETCHED = 2000; // entries that a page keeps
const UNANSWERED = "No answer: the kernel is busy, or it is gone. What the lab knows still moves; for the rest, run its cell again.";
const LINK = "#lab:"; // begins the address of a link that sets controls, as in #lab:std=0.141,depth=30

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
    return all.sort((a, b) => Math.abs(a - at) - Math.abs(b - at))
      .map((place) => valueAt(Number((lowest + place * step).toPrecision(12)))); // as the slider writes its own
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

// The values that a link sets, as texts, by control.
function settingsOf(link) {
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
  let requested = model.get("frame").values; // by the newest request, or those of a frame that came after its answer
  let [newest, answered, held] = [0, 0, false]; // numbers of requests; whether the newest one has not been sent yet
  let sent = []; // requests without an answer
  let painted = null; // numbers and sentence that are on the page
  let result = null; // the last of these that were not of a run that goes on, or of a failure
  let compared = null; // the same of those that were pinned
  let patience; // a timer
  let lastUsed = Object.keys(model.get("controls"))[0]; // the name of a control
  const prefetched = new Map(); // what values would show, by `keyOf` them, the oldest first
  const keyOf = (values) => JSON.stringify(values);
  const controls = {};

  const post = (content) => {
    try {
      model.send(content);
    } catch { // its kernel was restarted or shut down
      note.textContent = UNANSWERED;
    }
  };
  const send = (kind) => {
    held = false;
    sent.push({ number: newest, at: performance.now() });
    post({ kind, view, number: newest, values: requested });
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
  const request = (kind, values) => {
    requested = values;
    markPreset();
    lab.dataset.request = newest += 1;
    sent = sent.filter(({ at }) => performance.now() - at < LOST);
    // A slider moves faster than pictures come: its latest value goes out with the next answer, the others never.
    held = kind === "set" && sent.length >= MOST_UNANSWERED;
    if (!held) send(kind);
    paintPrefetched();
  };
  const paintPrefetched = () => {
    const entry = trains || answered === newest ? undefined : prefetched.get(keyOf(requested));
    if (entry) paint(entry);
  };
  const prefetch = (name) => { // ask for what the other places of a control would show
    lastUsed = name;
    if (trains) return;
    const places = controls[name].places().filter((place) => !prefetched.has(keyOf({ ...requested, [name]: place })));
    if (places.length) post({ kind: "prefetch", control: name, places, values: requested });
  };
  const keep = (entry) => {
    prefetched.set(keyOf(entry.values), entry);
    if (prefetched.size > MOST_PREFETCHED) prefetched.delete(prefetched.keys().next().value);
  };
  const show = (values) => {
    for (const [name, control] of Object.entries(controls)) control.show(values[name]);
  };
  const markPreset = () => { // the preset whose values these are, if there is one, looks pressed
    for (const [made, values] of presets) {
      made.setAttribute("aria-pressed", String(Object.keys(values).every((name) => values[name] === requested[name])));
    }
  };

  const grid = element("div", { className: "controls" });
  for (const [name, spec] of Object.entries(model.get("controls"))) {
    const changed = (value, released) => {
      if (!released && trains) return; // a training run starts when the slider is let go
      if (requested[name] !== value) request("set", { ...requested, [name]: value });
    };
    const make = spec.kind === "number" ? numberControl : choiceControl;
    controls[name] = make(spec, `lab-${view}-${name}`, changed);
    for (const part of controls[name].parts) {
      part.name = name;
      for (const event of ["pointerdown", "focus"]) part.addEventListener(event, () => prefetch(name));
    }
    grid.append(controls[name].name, ...controls[name].parts);
  }

  const button = (text, kind, values) => {
    const made = element("button", { type: "button", textContent: text });
    made.addEventListener("click", () => {
      if (values) show(values);
      request(kind, values ?? requested);
      prefetch(lastUsed);
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
  const atTheEnd = [...training, ticked(compare), reset];
  for (const own of atTheEnd) own.classList.add("own");
  const buttons = element("div", { className: "buttons" }, [...presets.map(([made]) => made), ...atTheEnd]);

  const image = picture(model.get("scene"));
  const sentence = element("p", { className: "sentence" });
  sentence.setAttribute("role", "status"); // a screen reader says what has changed, once it has come to rest
  const before = element("p", { className: "compared" });
  const note = element("p", { className: "note" });
  note.setAttribute("role", "status");

  const paint = ({ values, numbers, sentence: text, failed = false, running = false }) => {
    const key = keyOf(values);
    sentence.classList.toggle("failed", failed);
    if (!failed && !running) result = { numbers, sentence: text };
    if (!trains && painted?.key === key && painted.sentence === text) return; // was prefetched, and is answered now
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
  lab.dataset.request = newest;

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
      const moved = Object.keys(controls).filter((name) => frame.values[name] !== requested[name]);
      requested = frame.values;
      markPreset();
      for (const name of moved) controls[name].show(requested[name]); // somebody may be moving the others
    }
    sentence.setAttribute("aria-busy", String(frame.running));
    if (answered === newest || !prefetched.has(keyOf(requested))) paint(frame); // otherwise what was requested is there
    Object.assign(lab.dataset, { answered, frame: frame.number, values: JSON.stringify(frame.values) });
  };
  const message = (content) => {
    if (content.kind !== "prefetched") return receive(content);
    content.entries.forEach(keep);
    paintPrefetched();
    lab.dataset.prefetched = Number(lab.dataset.prefetched ?? 0) + content.entries.length;
  };
  model.on("msg:custom", message);
  show(requested);
  receive(model.get("frame"));
  pin(null);
  post({ kind: "hello" }); // the model's frame is that of its beginning
  el.append(lab);

  const follow = (event) => { // before JupyterLab, which looks for a heading of that name
    const link = event.target.closest?.(`a[href*="${LINK}"]`);
    const settings = link && settingsOf(link);
    if (!link || labFor(link, Object.keys(settings)) !== lab) return;
    event.preventDefault();
    event.stopPropagation();
    for (const [name, text] of Object.entries(settings)) {
      const { kind, lowest, highest } = model.get("controls")[name];
      const value = kind === "number" ? Math.min(Math.max(Number(text), lowest), highest) : text;
      settings[name] = Number.isNaN(value) ? requested[name] : value;
    }
    show({ ...requested, ...settings });
    request("set", { ...requested, ...settings });
    prefetch(lastUsed);
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
