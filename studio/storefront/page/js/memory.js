// Small choices kept between visits. A browser that forbids keeping them still shows the shop.

export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Not kept: the choice holds until the page is loaded again.
  }
}
