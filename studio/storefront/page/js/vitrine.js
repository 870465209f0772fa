// Tells Vitrine what shoppers do, with their consent: nothing is kept or sent before allow(); refuse() forgets all.
//   const eyes = collector({ endpoint, application }); eyes.watch(card, hit, { query_id }); eyes.cart(id)

const BATCH = 40;
const id = (event) => event.event_attributes.event_id;

const uuid = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

function box(name) {
  try { return window[name]; } catch { /* forbidden: nothing is learned here */ }
}

function get(store, name) {
  try { return JSON.parse(store.getItem(`vitrine.${name}`)); } catch { return null; }
}

function set(store, name, value) {
  try {
    if (value === null) store.removeItem(`vitrine.${name}`);
    else store.setItem(`vitrine.${name}`, JSON.stringify(value));
  } catch { /* full or forbidden */ }
  return value;
}

/** A hit is {id, rank, token}, as searches answer. */
export function collector({ endpoint, application, every = 3000 }) {
  const long = box("localStorage");
  const visit = box("sessionStorage");
  const watched = new Map();
  let timer = 0;
  let pause = every;

  const consent = () => get(long, "consent");
  const own = (store, name) => get(store, name) ?? set(store, name, uuid());
  const queue = () => (consent() && get(long, "queue")) || [];
  const body = (batch) => batch.map((event) => JSON.stringify(event)).join("\n");
  const later = () => (timer ||= setTimeout(flush, pause));

  function tell(action, id, { query_id, words, rank, token } = {}, quantity) {
    if (!consent()) return;
    const event = {
      application,
      action_name: action,
      query_id,
      user_query: words,
      client_id: own(long, "shopper"),
      session_id: own(visit, "session"),
      timestamp: new Date(),
      event_attributes: { event_id: uuid(), token, quantity, object: { object_id: id }, position: rank && { ordinal: rank } },
    };
    const waiting = set(long, "queue", [...queue(), event].slice(-400));
    waiting.length < BATCH ? later() : flush();
  }

  async function flush() {
    clearTimeout(timer);
    timer = 0;
    const batch = queue().slice(0, BATCH);
    if (!batch.length) return;
    let status = 0;
    try {
      status = (await fetch(endpoint, { method: "POST", body: body(batch), keepalive: true })).status;
    } catch { /* offline: they wait */ }
    const done = status && status !== 429 && status < 500;
    pause = done ? every : Math.min(pause * 2, 300000);
    const sent = new Set(done ? batch.map(id) : []);
    const waiting = queue().filter((event) => !sent.has(id(event)));
    if (consent()) set(long, "queue", waiting);
    if (waiting.length) later();
  }

  // What leaves with the page stays queued as well: sent twice, it counts once.
  function leave() {
    const batch = queue().slice(0, BATCH);
    if (document.hidden && batch.length) navigator.sendBeacon(endpoint, body(batch));
  }

  function look(entries) {
    for (const { target, intersectionRatio } of entries) {
      const one = watched.get(target);
      clearTimeout(one?.timer);
      if (one && intersectionRatio >= 0.5) one.timer = setTimeout(see, 1000, target, one);
    }
  }

  const observer = new IntersectionObserver(look, { threshold: 0.5 });

  function see(target, { id, from }) {
    if (!consent() || !target.isConnected || document.hidden) return;
    tell("impression", id, from);
    unwatch(target);
  }

  function unwatch(target) {
    clearTimeout(watched.get(target)?.timer);
    watched.delete(target);
    observer.unobserve(target);
  }

  const origin = (hit, search) => ({ ...search, rank: hit.rank, token: hit.token });

  // A purchase belongs to the search that found the product.
  const after = (action) => (id, quantity = 1) => tell(action, id, get(visit, "found")?.[id], quantity);

  function click(hit, search) {
    const from = origin(hit, search);
    if (consent()) set(visit, "found", { ...get(visit, "found"), [hit.id]: from });
    tell("click", hit.id, from);
  }

  document.addEventListener("visibilitychange", leave);
  addEventListener("online", flush);
  flush();

  return {
    consent, // true, false, or null before the shopper chose
    click,
    flush,
    allow() {
      set(long, "consent", true);
      for (const target of watched.keys()) observer.unobserve(target), observer.observe(target);
    },
    refuse() {
      for (const name of ["queue", "shopper", "session", "found"]) set(long, name, null), set(visit, name, null);
      set(long, "consent", false);
    },
    /** The anonymous id; undefined without consent. */
    shopper: () => (consent() ? own(long, "shopper") : undefined),
    watch(target, hit, search) {
      for (const old of watched.keys()) if (!old.isConnected) unwatch(old);
      watched.set(target, { id: hit.id, from: origin(hit, search) });
      observer.observe(target);
    },
    dismiss: (hit, search) => tell("dismiss", hit.id, origin(hit, search)),
    view: after("view"),
    cart: after("add_to_cart"),
    purchase: after("purchase"),
  };
}
