// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.codec;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.zip.DataFormatException;
import org.jspecify.annotations.Nullable;

/**
 * The system's libdeflate over the foreign-function API: whole-buffer inflate and deflate with
 * vectorised checksums. The calls are those of libdeflate.h, stable since version 1.0.
 */
final class LibDeflate {
  private static final List<String> NAMES =
      List.of("libdeflate.so.0", "libdeflate.so", "libdeflate.dylib");
  private static final List<String> SYMBOLS =
      List.of(
          "libdeflate_alloc_decompressor",
          "libdeflate_free_decompressor",
          "libdeflate_zlib_decompress_ex",
          "libdeflate_deflate_decompress_ex",
          "libdeflate_alloc_compressor",
          "libdeflate_free_compressor",
          "libdeflate_zlib_compress",
          "libdeflate_deflate_compress");
  private static final int BAD_DATA = 1;
  private static final int INSUFFICIENT_SPACE = 3;

  private static final @Nullable SymbolLookup LIBRARY = load();

  private LibDeflate() {}

  static boolean available() {
    return LIBRARY != null;
  }

  @SuppressWarnings("restricted") // The one place that loads native code; refused means the JDK.
  private static @Nullable SymbolLookup load() {
    MemoryLayout size = Linker.nativeLinker().canonicalLayouts().get("size_t");
    if (size == null || size.byteSize() != 8) {
      return null;
    }
    for (String name : NAMES) {
      try {
        SymbolLookup library = SymbolLookup.libraryLookup(name, Arena.global());
        if (SYMBOLS.stream().allMatch(symbol -> library.find(symbol).isPresent())) {
          return library;
        }
      } catch (IllegalArgumentException | IllegalCallerException e) {
        // Not under this name, or native access is not granted: try the next, then the JDK.
      }
    }
    return null;
  }

  /** Binds a call when it is first needed: each takes a while, and few runs need them all. */
  @SuppressWarnings("restricted")
  private static MethodHandle bind(String name, FunctionDescriptor type) {
    SymbolLookup library = LIBRARY;
    if (library == null) {
      throw new IllegalStateException("libdeflate is not on this machine");
    }
    return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), type);
  }

  private static RuntimeException impossible(Throwable thrown) {
    return thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
  }

  /** Inflates through libdeflate. */
  static final class Decompressor implements Inflate {
    private static final FunctionDescriptor TYPE =
        FunctionDescriptor.of(
            JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
    private static final MethodHandle ALLOCATE =
        bind("libdeflate_alloc_decompressor", FunctionDescriptor.of(ADDRESS));
    private static final MethodHandle FREE =
        bind("libdeflate_free_decompressor", FunctionDescriptor.ofVoid(ADDRESS));
    private static final MethodHandle ZLIB = bind("libdeflate_zlib_decompress_ex", TYPE);
    private static final MethodHandle DEFLATE = bind("libdeflate_deflate_decompress_ex", TYPE);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment actual = arena.allocate(JAVA_LONG);
    private final MemorySegment consumed = arena.allocate(JAVA_LONG);
    private MemorySegment state;

    Decompressor() {
      try {
        state = (MemorySegment) ALLOCATE.invokeExact();
      } catch (Throwable e) {
        throw impossible(e);
      }
      if (state.address() == 0) {
        throw new OutOfMemoryError("libdeflate_alloc_decompressor");
      }
    }

    @Override
    public int zlib(MemorySegment in, MemorySegment out) throws DataFormatException {
      int result;
      try {
        result =
            (int) ZLIB.invokeExact(state, in, in.byteSize(), out, out.byteSize(), consumed, actual);
      } catch (Throwable e) {
        throw impossible(e);
      }
      int produced = outcome(result, in, out);
      Trailing.check(in, consumed.get(JAVA_LONG, 0));
      return produced;
    }

    @Override
    public int deflate(MemorySegment in, MemorySegment out) throws DataFormatException {
      int result;
      try {
        result =
            (int)
                DEFLATE.invokeExact(
                    state, in, in.byteSize(), out, out.byteSize(), consumed, actual);
      } catch (Throwable e) {
        throw impossible(e);
      }
      return outcome(result, in, out);
    }

    private int outcome(int result, MemorySegment in, MemorySegment out)
        throws DataFormatException {
      if (result == 0) {
        return (int) actual.get(JAVA_LONG, 0);
      }
      throw new DataFormatException(
          switch (result) {
            case BAD_DATA -> "damaged deflate data or checksum in " + in.byteSize() + " bytes";
            case INSUFFICIENT_SPACE -> "holds more than " + out.byteSize() + " bytes";
            default -> "libdeflate result " + result;
          });
    }

    @Override
    public void close() {
      if (state.address() == 0) {
        return;
      }
      try {
        FREE.invokeExact(state);
      } catch (Throwable e) {
        throw impossible(e);
      }
      state = MemorySegment.NULL;
      arena.close();
    }
  }

  /** Compresses through libdeflate. */
  static final class Compressor implements Deflate {
    private static final FunctionDescriptor TYPE =
        FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG);
    private static final MethodHandle ALLOCATE =
        bind("libdeflate_alloc_compressor", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    private static final MethodHandle FREE =
        bind("libdeflate_free_compressor", FunctionDescriptor.ofVoid(ADDRESS));
    private static final MethodHandle ZLIB = bind("libdeflate_zlib_compress", TYPE);
    private static final MethodHandle DEFLATE = bind("libdeflate_deflate_compress", TYPE);

    private MemorySegment state;

    Compressor(int level) {
      try {
        state = (MemorySegment) ALLOCATE.invokeExact(level);
      } catch (Throwable e) {
        throw impossible(e);
      }
      if (state.address() == 0) {
        throw new IllegalArgumentException("no compression level " + level);
      }
    }

    @Override
    public int zlib(MemorySegment in, MemorySegment out) {
      try {
        return (int) (long) ZLIB.invokeExact(state, in, in.byteSize(), out, out.byteSize());
      } catch (Throwable e) {
        throw impossible(e);
      }
    }

    @Override
    public int deflate(MemorySegment in, MemorySegment out) {
      try {
        return (int) (long) DEFLATE.invokeExact(state, in, in.byteSize(), out, out.byteSize());
      } catch (Throwable e) {
        throw impossible(e);
      }
    }

    @Override
    public void close() {
      if (state.address() == 0) {
        return;
      }
      try {
        FREE.invokeExact(state);
      } catch (Throwable e) {
        throw impossible(e);
      }
      state = MemorySegment.NULL;
    }
  }
}
