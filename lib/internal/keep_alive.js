'use strict';

const {
  Boolean,
  Symbol,
} = primordials;

const kInterval = Symbol('kSetKeepAliveInterval');
const kCount = Symbol('kSetKeepAliveCount');

const toSeconds = (milliseconds) => ~~(milliseconds / 1000);

/**
 * Creates the setKeepAlive() method of net.Socket. See tcp(7) for the values.
 * @param {symbol} kEnabled The key under which a socket stores whether
 *   keep-alive is enabled.
 * @param {symbol} kInitialDelay The key of the idle time, in seconds.
 * @returns {Function}
 */
function createSetKeepAlive(kEnabled, kInitialDelay) {
  return function setKeepAlive(enable, initialDelay, interval, count) {
    if (enable !== null && typeof enable === 'object')
      ({ enable, initialDelay, interval, count } = enable);
    enable = Boolean(enable);
    initialDelay = toSeconds(initialDelay);
    interval = interval === undefined ? undefined : toSeconds(interval);
    count = count === undefined ? undefined : ~~count;

    const handle = this._handle;
    if (handle &&
        (!handle.setKeepAlive ||
         (enable === this[kEnabled] &&
          (!enable ||
           (initialDelay === this[kInitialDelay] &&
            interval === this[kInterval] &&
            count === this[kCount]))))) {
      return this;
    }
    this[kEnabled] = enable;
    this[kInitialDelay] = initialDelay;
    this[kInterval] = interval;
    this[kCount] = count;
    if (handle)
      handle.setKeepAlive(enable, initialDelay, interval, count);
    return this;
  };
}

module.exports = {
  createSetKeepAlive,
  kCount,
  kInterval,
};
