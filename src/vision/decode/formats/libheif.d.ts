/** The used part of libheif-js; the package has no types for its module. */
declare module 'libheif-js/libheif-wasm/libheif-bundle.mjs' {
  type Brand<Name extends string> = object & { readonly brand: Name };
  export type Context = Brand<'context'>;
  export type Handle = Brand<'handle'>;
  export type Image = Brand<'image'>;

  export interface Failure {
    readonly code: object;
    readonly message: string;
  }

  export interface Decoded {
    readonly image: Image;
    readonly channels: readonly {
      readonly width: number;
      readonly height: number;
      /** Bytes from one row to the next. */
      readonly stride: number;
      readonly data: Uint8Array;
    }[];
  }

  export interface Libheif {
    readonly heif_error_code: { readonly heif_error_Ok: object };
    readonly heif_colorspace: { readonly heif_colorspace_RGB: object };
    readonly heif_chroma: {
      readonly heif_chroma_interleaved_RGB: object;
      readonly heif_chroma_interleaved_RGBA: object;
    };
    heif_context_alloc(): Context;
    heif_context_free(context: Context): void;
    heif_context_read_from_memory(context: Context, bytes: Uint8Array): Failure;
    heif_js_context_get_primary_image_handle(context: Context): Handle | Failure;
    heif_image_handle_has_alpha_channel(handle: Handle): number;
    heif_image_handle_release(handle: Handle): void;
    heif_js_decode_image2(handle: Handle, colorspace: object, chroma: object): Decoded | Failure;
    heif_image_release(image: Image): void;
  }

  export default function libheif(): Promise<Libheif>;
}
