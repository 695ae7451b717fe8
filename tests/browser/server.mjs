/*
 * Serves the host page, the built plugin, and the plugin's resources. Resources come
 * from the fixtures, or from a running backend when MLMONITOR_BACKEND_URL is set: then
 * GET <backend>/resources/<path> and POST <backend>/api/ds/query are asked instead.
 */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
  '.css': 'text/css',
};
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>ML Monitor</title>
<link rel="icon" href="data:,"><style>body{margin:0}</style></head><body><div id="root"></div><script src="/host.js"></script></body></html>`;

/**
 * @param {{ root: string, hostScript: string, backend?: string }} options
 * @returns {Promise<{ url: string, requests: object[], close: () => Promise<void> }>}
 */
export async function serve({ root, hostScript, backend }) {
  const fixture = (name) => JSON.parse(readFileSync(join(root, 'tests/browser/fixtures', `${name}.json`), 'utf8'));
  const fixtures = { analyses: fixture('analyses'), profiles: fixture('profiles'), values: fixture('values') };
  const requests = [];

  const json = (response, status, value) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  const file = (response, path) => {
    if (!existsSync(path) || !statSync(path).isFile()) {
      response.writeHead(404);
      response.end();
      return;
    }
    response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' });
    createReadStream(path).pipe(response);
  };
  const forward = async (response, method, path, body) => {
    try {
      const answer = await fetch(backend + path, {
        method,
        body,
        headers: body ? { 'Content-Type': 'application/json' } : {},
      });
      response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') ?? 'application/json' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    } catch (error) {
      json(response, 502, { error: `The backend at ${backend} does not answer: ${error.message}` });
    }
  };

  const resource = (response, name, parameters) => {
    switch (name) {
      case 'analyses':
      case 'profiles':
        return json(response, 200, fixtures[name]);
      case 'values': {
        const known = fixtures.values[parameters.get('kind')];
        if (!known) {
          return json(response, 400, { error: `kind "${parameters.get('kind')}" is not known`, field: 'kind' });
        }
        const search = (parameters.get('search') ?? '').toLowerCase();
        return json(response, 200, { values: known.filter((v) => v.toLowerCase().includes(search)), truncated: false });
      }
      default:
        return json(response, 404, { error: `there is no resource "${name}"` });
    }
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body = chunks.length ? Buffer.concat(chunks).toString() : undefined;
    const path = normalize(url.pathname);

    const asked = /^\/api\/datasources\/uid\/[^/]+\/resources\/(.+)$/.exec(path);
    if (asked) {
      requests.push({ resource: asked[1], parameters: Object.fromEntries(url.searchParams) });
      return backend
        ? forward(response, 'GET', `/resources/${asked[1]}${url.search}`)
        : resource(response, asked[1], url.searchParams);
    }
    if (path === '/api/ds/query') {
      const queries = JSON.parse(body).queries;
      requests.push({ queries });
      return backend
        ? forward(response, 'POST', '/api/ds/query', body)
        : json(response, 200, {
            results: Object.fromEntries(queries.map((q) => [q.refId, { status: 200, frames: [] }])),
          });
    }
    if (path.startsWith('/public/plugins/mlmonitor-metrics-datasource/')) {
      return file(response, join(root, 'dist', path.split('/').slice(4).join('/')));
    }
    if (path.includes('/img/icons/')) {
      // Grafana has more icons than its package of components.
      const icon = join(root, 'node_modules/@grafana/ui/dist/public/img/icons', path.split('/img/icons/')[1]);
      if (existsSync(icon)) {
        return file(response, icon);
      }
      response.writeHead(200, { 'Content-Type': TYPES['.svg'] });
      response.end('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="8"/></svg>');
      return;
    }
    if (path === '/host.js') {
      return file(response, hostScript);
    }
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(PAGE);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
