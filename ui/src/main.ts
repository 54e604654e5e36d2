import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './app.css';
import { mount } from 'svelte';
import Window from './Window.svelte';
import type { Theme } from './bindings';
import { openHost } from './host/open';
import { App } from './state/app.svelte';
import { followPage } from './state/keeper.svelte';
import { applyTheme } from './state/settings.svelte';

applyTheme((localStorage.getItem('theme') as Theme | null) ?? 'system');

const target = document.getElementById('app');
if (!target) throw new Error('the page has no element #app');

const app = new App(openHost(), new URLSearchParams(window.location.search).get('session'));
followPage(app.keeper, window, document);
mount(Window, { target, props: { app } });
void app.start();
