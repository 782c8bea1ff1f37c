// Which call comes when. It is the same function as internal/loadtest/order.go, line by
// line, and a test holds the two together: any call is drawn from the seed and its number
// alone, so that virtual users, and instances on several machines, agree without
// speaking to each other.

/**
 * @typedef {{operation: string, weight: number}} Share
 * @typedef {{runtime: string, operation: string, pick: number, body: string}} Call
 */

/**
 * order returns the function from a call's number, counted from 0, to the call.
 *
 * @param {number} seed
 * @param {string[]} runtimes
 * @param {Share[]} mix
 * @returns {(k: number) => Call}
 */
export function order(seed, runtimes, mix) {
  const common = mix.reduce((sum, one) => divisor(one.weight, sum), 0);
  const block = runtimes.flatMap((runtime) => mix.flatMap(({ operation, weight }) => Array.from({ length: weight / common }, () => ({ runtime, operation }))));
  const n = block.length;
  return (k) => {
    const places = block.map((_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      // Fisher and Yates
      const j = random(seed, Math.floor(k / n), i) % (i + 1);
      const swapped = places[i];
      places[i] = places[j];
      places[j] = swapped;
    }
    const draw = (/** @type {number} */ what) => random(seed + 1, k, what);
    return { ...block[places[k % n]], pick: draw(0), body: body(draw(1), draw(2)) };
  };
}

/** @type {(a: number, b: number) => number} */
const divisor = (a, b) => (b === 0 ? a : divisor(b, a % b));

/**
 * body is an item of constant size, so that no draw makes a call cheaper.
 *
 * @param {number} name
 * @param {number} price
 */
function body(name, price) {
  const word = name.toString(16).padStart(8, "0");
  const description = `${word} `.repeat(11).slice(0, 96);
  return `{"name":"Load test item ${word}","description":"${description}","price":${100 + (price % 900)}.${1 + (Math.floor(price / 900) % 9)}}`;
}

/**
 * random is a number that depends on the seed and a place alone.
 *
 * @param {number} seed
 * @param {number} a
 * @param {number} b
 */
function random(seed, a, b) {
  return mixed(mixed(mixed(seed) + Math.imul(a, 0x9e3779b1)) + Math.imul(b, 0x85ebca6b));
}

/**
 * mixed is the finaliser of MurmurHash3: every bit of x changes half of the result's.
 *
 * @param {number} x
 */
function mixed(x) {
  x |= 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
