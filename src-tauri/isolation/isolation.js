// Runs in a frame of its own origin, between the window's page and the app: every message of the page passes here, and only what
// leaves here, enciphered with this run's key, is read by the app. What is not one of the window's messages goes no further.
//
// It cannot reach the page, nor the page it: a script that got into the page by a dependency meets the same forms.
(() => {
  'use strict';

  const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const hasOnly = (value, ...keys) =>
    isRecord(value) && Object.keys(value).sort().join() === keys.sort().join();

  const FORMS = {
    // one command of the host's table
    host_call: (payload) =>
      hasOnly(payload, 'name', 'args') && /^[a-z_]{1,40}$/.test(payload.name) && isRecord(payload.args),
    // the channel of updates
    host_attach: (payload) =>
      hasOnly(payload, 'channel') && /^__CHANNEL__:\d+$/.test(payload.channel),
    // acknowledgement that a batch is painted
    host_ack: (payload) => hasOnly(payload, 'seq') && Number.isSafeInteger(payload.seq),
    // the page's own zoom: without a label it is of no other window
    'plugin:webview|set_webview_zoom': (payload) =>
      hasOnly(payload, 'value') && Number.isFinite(payload.value) && payload.value >= 0.5 && payload.value <= 2,
    // an update, or a reply, that is too large to be pushed
    'plugin:__TAURI_CHANNEL__|fetch': (payload) => payload === null || hasOnly(payload),
  };

  window.__TAURI_ISOLATION_HOOK__ = (message) => {
    const fits = Object.hasOwn(FORMS, message.cmd) && FORMS[message.cmd](message.payload);
    if (!fits) throw new Error(`refused a message to the app: ${String(message.cmd).slice(0, 80)}`);
    return message;
  };
})();
