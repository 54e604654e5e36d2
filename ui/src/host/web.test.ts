import { afterEach, describe, expect, test, vi } from 'vitest';
import { webHost } from './web';

const PLACE = new URL('http://127.0.0.1:4000/?token=secret') as unknown as Location;

function answer(status: number, body: unknown) {
  const fetched = vi.fn(
    async (_path: string, _init: RequestInit) => new Response(JSON.stringify(body), { status }),
  );
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

describe('the web host', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('posts the arguments with the token, and gives back the reply', async () => {
    const fetched = answer(200, ['src/lib.rs']);
    expect(await webHost(PLACE).call('find_files', { query: 'lib' })).toEqual(['src/lib.rs']);
    const [path, init] = fetched.mock.calls[0] ?? [];
    expect(path).toBe('/call/find_files');
    expect(init?.headers).toMatchObject({ 'x-token': 'secret' });
    expect(init?.body).toBe('{"query":"lib"}');
  });

  test('rejects with what the app said', async () => {
    answer(422, { message: 'no such session', hint: 'open another one' });
    await expect(webHost(PLACE).call('open_session', { session: 'x' })).rejects.toEqual({
      message: 'no such session',
      hint: 'open another one',
    });
  });

  test('rejects in words when there is no app', async () => {
    vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('Failed to fetch')));
    await expect(webHost(PLACE).call('app', {})).rejects.toMatchObject({
      message: 'The app can’t be reached.',
    });
  });
});
