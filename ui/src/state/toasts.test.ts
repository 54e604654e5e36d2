import { expect, test } from 'vitest';
import { Toasts } from './toasts.svelte';

test('messages are shown by the place that nothing covers, the last of its kind', () => {
  const toasts = new Toasts();
  expect(toasts.place).toBeNull();
  const [dialog, page, pane, other, panel] = (['dialog', 'page', 'pane', 'pane', 'panel'] as const).map((kind) => ({ kind }));
  toasts.addPlace(page!);
  toasts.addPlace(pane!);
  const removeOther = toasts.addPlace(other!);
  expect(toasts.place).toBe(other);
  const removePanel = toasts.addPlace(panel!);
  const removeDialog = toasts.addPlace(dialog!);
  expect(toasts.place).toBe(dialog);
  removePanel();
  expect(toasts.place).toBe(dialog);
  removeDialog();
  removeOther();
  expect(toasts.place).toBe(pane);
});
