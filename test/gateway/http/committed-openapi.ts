import { described } from '../../../gateway/http/api.ts';
import { openapiDocument } from '../../../gateway/http/openapi.ts';

/** What docs/openapi.json has to be. */
export const committedOpenapi = (): string => `${JSON.stringify(openapiDocument(described), null, 2)}\n`;
