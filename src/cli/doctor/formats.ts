import { messageOf } from '../../lib/errors.ts';
import { loadHeic } from '../../vision/decode/formats/heic.ts';
import { loadJpegXl } from '../../vision/decode/formats/jpeg-xl.ts';
import { type Finding, ok, warn } from './check.ts';

/** Checks the optional formats. Really loads each decoder. */
export async function checkFormats(): Promise<Finding[]> {
  return [
    await checkFormat(
      'HEIC',
      loadHeic,
      'Where pictures of phones come, install the optional package: npm install libheif-js.',
    ),
    await checkFormat('JPEG XL', loadJpegXl, 'Install framesort again (npm ci).'),
    ok('raw pictures', 'by the JPEG preview that the camera put in; without one they go to quarantine'),
  ];
}

async function checkFormat(name: string, load: () => unknown, todo: string): Promise<Finding> {
  try {
    await load();
    return ok(name, 'can be decoded');
  } catch (error) {
    return warn(name, `goes to quarantine, for it can't be decoded here: ${messageOf(error)}`, todo);
  }
}
