// Compiled, not run: cspread/web.
import { type Page, type ServeOptions, serve } from 'cspread/web';
import { SpreadDaemon } from '../..';

async function page(options: ServeOptions): Promise<Page> {
  const { url, port, close }: { url: string; port: number; close: () => Promise<void> } = await serve(options);
  await close();
  const daemon = await SpreadDaemon.start();
  await using other = await serve({ daemon, groups: ['room'], host: '::1', port: 0, token: url });
  await serve({ address: ['4803@one', { port: 4803 }], engine: 'native' });
  // @ts-expect-error there is no such option
  await serve({ daemon, Port: port });
  // @ts-expect-error it is read only
  other.url = url;
  const { groups, sessions, truncated, view } = await daemon.snapshot({ limit: 10 });
  const ids: string[] = groups.map(({ id, members }) => `${id} ${members.length}`);
  const bytes: number[] = sessions.map(({ queuedBytes }) => queuedBytes);
  const daemons: string[] = view?.members ?? [];
  return truncated && ids.length === bytes.length && daemons.length > 0 ? other : serve({ address: '4803' });
}

void page;
