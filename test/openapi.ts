// `npm run openapi`: writes docs/openapi.json, the description of the console, from the schemas.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { committedOpenapi } from './gateway/http/committed-openapi.ts';

writeFileSync(join(import.meta.dirname, '..', 'docs', 'openapi.json'), committedOpenapi());
process.stdout.write('docs/openapi.json is as the console serves it.\n');
