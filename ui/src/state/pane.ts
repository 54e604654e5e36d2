import type { App } from './app.svelte';
import type { Side } from './sessions.svelte';

/** Returns the state of the window as it is seen in one of two panes: `session` and all that follows from it are the pane's own,
 *  everything else is shared. */
export function paneOf(app: App, side: Side): App {
  const sessions = seen(app.sessions, {
    shown: () => app.sessions.at(side),
    currentId: () => app.sessions.idAt(side),
    active: () => app.sessions.side === side,
  });
  const focus = seen(app.focus, {
    // what is asked to come up comes up in the pane the person is in
    onRequest: (): typeof app.focus.onRequest => (section, show) =>
      app.focus.onRequest(section, show, () => app.sessions.side === side),
  });
  return seen(app, {
    session: () => app.sessions.at(side),
    provider: () => app.providerOf(app.sessions.at(side)),
    sessions: () => sessions,
    focus: () => focus,
  });
}

/** Returns an object like `target`, but for the properties of which `own` has the value. */
function seen<T extends object>(target: T, own: { [K in keyof T]?: () => T[K] }): T {
  return new Proxy(target, {
    get(_, key) {
      const value = own[key as keyof T];
      if (value) return value();
      // methods and accessors see the object itself, whose private fields a proxy has not
      const shared: unknown = Reflect.get(target, key, target);
      return typeof shared === 'function' ? (shared.bind(target) as unknown) : shared;
    },
    set: (_, key, value) => Reflect.set(target, key, value, target),
  });
}
