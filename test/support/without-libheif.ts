import { register } from 'node:module';

/** Imported before a program, simulates a missing optional package. */
const hooks = `export async function resolve(name, context, next) {
  if (!name.startsWith('libheif-js')) return next(name, context);
  throw Object.assign(new Error('Cannot find package ' + name), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
