import '@testing-library/jest-dom';

import { URL, URLSearchParams } from 'node:url';
import { TextDecoder, TextEncoder } from 'node:util';

// What browsers have and jsdom lacks.
Object.assign(globalThis, { TextDecoder, TextEncoder, URL, URLSearchParams });
globalThis.MessageChannel ??= class {
  port1: { onmessage?: (event: object) => void } = {};
  port2 = { postMessage: (data: unknown) => setTimeout(() => this.port1.onmessage?.({ data })) };
} as never;
globalThis.IntersectionObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
  takeRecords() {
    return [];
  }
} as never;
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
} as never;
globalThis.matchMedia ??= (() => ({
  matches: false,
  addListener() {},
  removeListener() {},
  addEventListener() {},
  removeEventListener() {},
})) as never;
HTMLCanvasElement.prototype.getContext = (() => ({ measureText: () => ({ width: 0 }) })) as never;
Element.prototype.scrollTo ??= (() => undefined) as never;
// Virtual lists draw only what fits, and in jsdom everything is 0 high.
Object.defineProperty(Element.prototype, 'getBoundingClientRect', {
  value: () => ({ width: 300, height: 400, top: 0, left: 0, bottom: 400, right: 300, x: 0, y: 0 }),
});
Object.defineProperties(Element.prototype, {
  clientHeight: { get: () => 4000 },
  clientWidth: { get: () => 300 },
});
