// Labs on a page without a kernel: a model that answers lab.js from a recording (course/site/recordings.py).
//
// A request is answered by the nearest of what was recorded, and the frame says which that is. A run is played at the
// speed that it had; runs before it stay visible as in live.py. A recording is fetched when its lab is nearly in view,
// by a script element, since a browser lets a page from disk read nothing else.

const NEAR = "600px"; // below or above what is in view
const OTHER_CHOICE = 10; // how far apart two options of a menu are; the ends of a slider are 1 apart

// How far apart two values of a control are.
function distance(spec, one, other) {
  if (spec.kind === "choice") return one === other ? 0 : OTHER_CHOICE;
  const position = spec.log ? Math.log10 : Number;
  return Math.abs(position(one) - position(other)) / (position(spec.highest) - position(spec.lowest));
}

function nearest({ controls, entries }, values) {
  const specs = Object.entries(controls);
  const away = entries.map((entry) => specs.reduce(
    (sum, [name, spec]) => sum + distance(spec, entry.values[name], values[name]), 0));
  return entries[away.indexOf(Math.min(...away))];
}

// What moves of a run at one of its frames.
function numbersAt({ numbers, frames }, at) {
  const counts = frames[at][3];
  const seen = (values, line) => (counts ? values.slice(0, counts[line]) : values);
  return numbers.map((each, line) => (typeof each === "string" ? each : each.map((values) => seen(values, line))));
}

function recordedModel(recording) {
  const opening = nearest(recording, recording.defaults);
  let runs = [{ entry: opening, at: opening.frames.length - 1 }]; // the latest first, with the frame that is shown
  let [timer, number, answers, shown, listener] = [null, 0, {}, null, null]; // there is a timer while the latest goes on

  const say = () => { // later, as an answer comes that has a way to go
    const content = { ...shown, number: number += 1, answers: { ...answers } };
    queueMicrotask(() => listener?.(content));
  };
  const show = (isStopped = false) => {
    const numbers = recording.scene.moving.map(({ share }) => (share === "xy" ? "" : [[], []]));
    runs.forEach(({ entry, at }, age) => {
      const lines = numbersAt(entry, at);
      recording.places[age].forEach((place, line) => { numbers[place] = lines[line]; });
    });
    const [{ entry, at }] = runs;
    const sentence = entry.frames[at][isStopped ? 2 : 1];
    shown = { values: entry.values, numbers, sentence, running: timer !== null, failed: false };
    say();
  };
  const halt = () => { clearTimeout(timer); timer = null; };
  const play = () => {
    const [run] = runs;
    const [[now], next] = run.entry.frames.slice(run.at);
    timer = next ? setTimeout(() => { run.at += 1; play(); }, next[0] - now) : null;
    show();
  };
  const hasPoints = ({ entry, at }) => entry.frames[at][3]?.some((count) => count > 0);
  const answer = ({ kind, view, number: request, values }) => {
    answers[view] = request;
    const entry = nearest(recording, values);
    const isNew = kind !== "stop" || entry !== runs[0].entry;
    const wasRunning = timer !== null;
    if (isNew || wasRunning) halt();
    if (isNew) {
      const ended = (wasRunning ? runs.slice(1) : runs).filter(hasPoints); // one that is replaced leaves no ghost
      runs = [{ entry, at: 0 }, ...ended].slice(0, kind === "reset" ? 1 : recording.places.length);
    }
    if (kind !== "stop") play();
    else if (isNew || wasRunning) show(true);
    else say();
  };

  show();
  return {
    get: (name) => (name === "frame" ? { ...shown, number, answers } : recording[name]),
    on: (_, listen) => { listener = listen; },
    off: () => { listener = null; halt(); },
    send: (content) => {
      if (content.kind === "hello") say();
      else if (content.kind !== "prefetch") answer(content);
    },
  };
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(plain).json();
}

// Put the lab in the place of its stored picture, once its recording is there; without it the picture stays.
function load(place) {
  place.loaded ??= new Promise((resolve) => {
    const { lab } = place.dataset;
    const show = (recording) => mount(place, recording);
    recordedLabs[lab] = (text) => unpacked(text).then(show, () => null).finally(resolve); // null: a browser before 2023
    document.head.append(element("script", { src: `${FOLDER}recordings/${lab}.js`, onerror: resolve }));
  });
  return place.loaded;
}

function mount(place, recording) {
  const cell = place.closest(".cell");
  cell.classList.add("moves");
  cell.querySelector(".of-data").textContent = recording.drawn.map((data) => ` with ${data}, not Fashion-MNIST`).join("");
  render({ model: recordedModel(recording), el: place });
  if (location.hash === `#${place.id}`) place.scrollIntoView(); // the picture above it, which the page scrolled past, is gone
}

const FOLDER = document.currentScript.src.replace(/[^/]*$/, "");
const recordedLabs = window.recordedLabs = {};
const labPlaces = Array.from(document.querySelectorAll("[data-lab]"));
const coming = new IntersectionObserver(
  (seen) => seen.filter(({ isIntersecting }) => isIntersecting).forEach(({ target }) => load(target)),
  { rootMargin: NEAR });
labPlaces.forEach((place) => coming.observe(place));

// A link that sets a lab may come before its lab: then the labs of the page are fetched first.
let allLoaded = false;
window.addEventListener("click", async (event) => {
  const link = event.target.closest?.(`a[href*="${LINK}"]`);
  if (!link || allLoaded) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  await Promise.all(labPlaces.map(load));
  allLoaded = true;
  link.click();
}, true);
