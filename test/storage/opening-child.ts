import { openStoreAsItIs, openStoreReader } from '../../src/storage/lmdb/lmdb-store.ts';

/** Opens and closes a store many times, as commands do. */
const [folder = '', how = '', times = ''] = process.argv.slice(2);
for (let time = 0; time < Number(times); time++) {
  const store = how === 'reader' ? openStoreReader(folder) : await openStoreAsItIs(folder);
  await store.close();
}
