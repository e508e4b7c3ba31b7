// The browser's side of a lab: native controls (which have names and work by keyboard), the picture, the sentence.
//
// The kernel owns what is shown (see lab.py). Controls move at once, but all that they do is to send a wish, numbered, with
// all values. The frame that answers the newest wish says what the values are; controls follow it if they differ.

const MOST_UNANSWERED = 2; // wishes on their way: one is being drawn, the next one lies ready
const LOST = 5000; // milliseconds after which a wish is not waited for any more

function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function formatted(value) {
  return String(Number(Number(value).toPrecision(4)));
}

// A slider and a field for one number. On a logarithmic scale the slider counts powers of ten.
function numberControl(spec, id, changed) {
  const position = spec.log ? Math.log10 : Number;
  const value = spec.log ? (place) => 10 ** place : Number;
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
  const fromSlider = () => clamp(Number(value(Number(slider.value)).toPrecision(spec.log ? 3 : 6)));
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
  return { name: element("label", { htmlFor: id, textContent: spec.label }), parts: [slider, field], show };
}

function choiceControl(spec, id, changed) {
  const menu = element("select", { id }, spec.options.map((option) => element("option", { textContent: option })));
  menu.addEventListener("change", () => changed(menu.value, true));
  const show = (option) => { menu.value = option; };
  return { name: element("label", { htmlFor: id, textContent: spec.label }), parts: [menu], show };
}

function render({ model, el }) {
  const trains = model.get("trains");
  const view = crypto.getRandomValues(new Uint32Array(2)).join("-");
  let shown = { number: 0 };
  let wanted = model.get("frame").values; // of the newest wish, or of the frame that came after its answer
  let [newest, answered, held] = [0, 0, false]; // numbers of wishes; whether the newest one has not been sent yet
  let sent = []; // wishes without an answer
  const controls = {};

  const send = (kind) => {
    held = false;
    sent.push({ number: newest, at: performance.now() });
    model.send({ kind, view, number: newest, values: wanted });
  };
  const wish = (kind, values) => {
    wanted = values;
    mark();
    lab.dataset.wish = newest += 1;
    sent = sent.filter(({ at }) => performance.now() - at < LOST);
    // A slider moves faster than pictures come: its latest value goes out with the next answer, the others never.
    held = kind === "set" && sent.length >= MOST_UNANSWERED;
    if (!held) send(kind);
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
    for (const part of controls[name].parts) part.name = name;
    grid.append(controls[name].name, ...controls[name].parts);
  }

  const button = (text, kind, values) => {
    const made = element("button", { type: "button", textContent: text });
    made.addEventListener("click", () => {
      if (values) show(values);
      wish(kind, values ?? wanted);
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
  const last = [...training, button("Reset", "reset", model.get("defaults"))];
  for (const own of last) own.classList.add("own");
  const buttons = element("div", { className: "buttons" }, [...presets.map(([made]) => made), ...last]);

  const image = element("img");
  const sentence = element("p", { className: "sentence" });
  sentence.setAttribute("role", "status"); // a screen reader says what has changed, once it has come to rest

  const lab = element("div", { className: "lab" }, [grid, buttons, image, sentence]);
  lab.addEventListener("keydown", (event) => { // or JupyterLab takes arrows and letters for its own commands
    if (!event.ctrlKey && !event.metaKey && event.key !== "Escape") event.stopPropagation();
  });
  lab.setAttribute("role", "group");
  lab.setAttribute("aria-label", `Lab: ${model.get("title")}`);
  lab.dataset.wish = newest;

  const receive = (frame) => {
    if (frame.number < shown.number) return;
    shown = frame;
    sentence.setAttribute("aria-busy", String(frame.running));
    sentence.classList.toggle("failed", frame.failed);
    sentence.textContent = frame.sentence;
    image.alt = frame.description;
    image.width = frame.width;
    image.height = frame.height;
    image.src = `data:image/png;base64,${frame.png}`; // the browser swaps it in place; quicker than a blob
    answered = Math.max(answered, frame.answers[view] ?? 0);
    sent = sent.filter(({ number }) => number > answered);
    if (held && sent.length < MOST_UNANSWERED) send("set");
    if (answered === newest) {
      const moved = Object.keys(controls).filter((name) => frame.values[name] !== wanted[name]);
      wanted = frame.values;
      mark();
      for (const name of moved) controls[name].show(wanted[name]); // the others may be in somebody's hand
    }
    Object.assign(lab.dataset, { answered, frame: frame.number, values: JSON.stringify(frame.values) });
  };
  model.on("msg:custom", receive);
  show(wanted);
  receive(model.get("frame"));
  model.send({ kind: "hello" }); // the model's frame is that of its beginning
  el.append(lab);
  return () => model.off("msg:custom", receive);
}

export default { render };
