// The body of a function of the page: what listens, and how it says that it is done.
const at = `http://${arguments[0]}`;
const done = arguments[1];
const violated = new Set();
document.addEventListener('securitypolicyviolation', (event) => violated.add(event.effectiveDirective));
const outcome = {};
const make = (tag, properties) => document.body.appendChild(Object.assign(document.createElement(tag), properties));
const attempt = (name, act) => {
    try {
        outcome[name] = String(act());
    } catch (error) {
        outcome[name] = error.name;
    }
};
const soon = async (name, promise) => {
    outcome[name] = await promise.then(() => 'done', (error) => error.name ?? String(error));
};

attempt('eval', () => eval('1'));
attempt('Function', () => new Function('return 1')());
attempt('innerHTML', () => (make('div', {}).innerHTML = '<img src=x onerror="window.pwned = 1">'));
attempt('srcdoc', () => make('iframe', { srcdoc: '<script>parent.pwned = 1</script>' }).tagName);
attempt('script', () => make('script', { src: `${at}/script.js` }).tagName);
attempt('policy', () => trustedTypes.createPolicy('mine', { createHTML: (text) => text }));
attempt('second policy', () => trustedTypes.createPolicy('svelte-trusted-html', { createHTML: (text) => text }));
attempt('open', () => window.open(`${at}/open`));
attempt('worker', () => new Worker(`${at}/worker.js`));
attempt('beacon', () => navigator.sendBeacon(`${at}/beacon`));
make('img', { src: `${at}/img.png` });
make('iframe', { src: `${at}/frame.html` });
make('video', { src: `${at}/video.mp4` });
make('object', { data: `${at}/object` });
make('link', { rel: 'stylesheet', href: `${at}/style.css` });
make('div', { style: `background: url(${at}/style.png)` });
make('a', { href: 'data:text/plain,x', download: 'x.txt' }).click();
make('form', { action: `${at}/form`, method: 'post' }).submit();
location.href = `${at}/location`;

const { invoke, postMessage, transformCallback } = window.__TAURI_INTERNALS__;
const unheard = (promise) => Promise.race([promise, new Promise((_, no) => setTimeout(no, 1000, 'unheard'))]);
(async () => {
    await soon('fetch', fetch(`${at}/fetch`));
    await soon('socket', new Promise((yes, no) => {
        const socket = new WebSocket(`${at.replace('http', 'ws')}/socket`);
        socket.onopen = yes;
        socket.onerror = () => no('closed');
    }));
    await soon('another command', unheard(invoke('plugin:opener|open_url', { url: `${at}/opener` })));
    await soon('another form', unheard(invoke('host_call', { name: 'app', args: {}, argv: ['sh'] })));
    await soon('a third form', unheard(invoke('host_ack', { seq: 'all' })));
    const zoom = { label: 'main', value: 1 };
    await soon('another window’s zoom', unheard(invoke('plugin:webview|set_webview_zoom', zoom)));
    await soon('no such zoom', unheard(invoke('plugin:webview|set_webview_zoom', { value: 0.01 })));
    await soon('past the frame', unheard(new Promise((yes, no) => {
        const message = { cmd: 'host_call', payload: { name: 'app', args: {} } };
        postMessage({ ...message, callback: transformCallback(yes), error: transformCallback(no) });
    })));
    await soon('the app', invoke('host_call', { name: 'app', args: {} }));
    done({ outcome, violated: [...violated].sort() });
})();
