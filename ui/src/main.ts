import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import type { Theme } from './bindings';
import { openHost } from './host/open';
import { applyTheme, WindowState } from './state/window.svelte';

applyTheme((localStorage.getItem('theme') as Theme | null) ?? 'system');

const target = document.getElementById('app');
if (!target) throw new Error('the page has no place for the app');

const shown = new WindowState(openHost());
mount(App, { target, props: { shown } });
void shown.start();
