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
import java.util.Optional;
import java.util.zip.DataFormatException;
import org.jspecify.annotations.Nullable;

/**
 * The system's libdeflate over the foreign-function API: whole-buffer inflate and deflate with
 * vectorised checksums. The calls are those of libdeflate.h, stable since version 1.0.
 */
final class LibDeflate {
  private static final List<String> NAMES =
      List.of("libdeflate.so.0", "libdeflate.so", "libdeflate.dylib");
  private static final int BAD_DATA = 1;
  private static final int INSUFFICIENT_SPACE = 3;

  private record Calls(
      MethodHandle allocDecompressor,
      MethodHandle freeDecompressor,
      MethodHandle zlibDecompress,
      MethodHandle deflateDecompress,
      MethodHandle allocCompressor,
      MethodHandle freeCompressor,
      MethodHandle zlibCompress,
      MethodHandle deflateCompress) {}

  private static final @Nullable Calls CALLS = load();

  private LibDeflate() {}

  static boolean available() {
    return CALLS != null;
  }

  private static Calls calls() {
    Calls calls = CALLS;
    if (calls == null) {
      throw new IllegalStateException("libdeflate is not on this machine");
    }
    return calls;
  }

  @SuppressWarnings("restricted") // The one place that binds native code; refused access means JDK.
  private static @Nullable Calls load() {
    Linker linker = Linker.nativeLinker();
    MemoryLayout size = linker.canonicalLayouts().get("size_t");
    if (size == null || size.byteSize() != 8) {
      return null;
    }
    for (String name : NAMES) {
      try {
        SymbolLookup library = SymbolLookup.libraryLookup(name, Arena.global());
        FunctionDescriptor decompress =
            FunctionDescriptor.of(
                JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
        FunctionDescriptor compress =
            FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG);
        FunctionDescriptor free = FunctionDescriptor.ofVoid(ADDRESS);
        return new Calls(
            bind(linker, library, "libdeflate_alloc_decompressor", FunctionDescriptor.of(ADDRESS)),
            bind(linker, library, "libdeflate_free_decompressor", free),
            bind(linker, library, "libdeflate_zlib_decompress_ex", decompress),
            bind(linker, library, "libdeflate_deflate_decompress_ex", decompress),
            bind(
                linker,
                library,
                "libdeflate_alloc_compressor",
                FunctionDescriptor.of(ADDRESS, JAVA_INT)),
            bind(linker, library, "libdeflate_free_compressor", free),
            bind(linker, library, "libdeflate_zlib_compress", compress),
            bind(linker, library, "libdeflate_deflate_compress", compress));
      } catch (IllegalArgumentException | IllegalCallerException e) {
        // Not under this name, or native access is not granted: try the next, then the JDK.
      }
    }
    return null;
  }

  @SuppressWarnings("restricted")
  private static MethodHandle bind(
      Linker linker, SymbolLookup library, String name, FunctionDescriptor type) {
    Optional<MemorySegment> symbol = library.find(name);
    return linker.downcallHandle(
        symbol.orElseThrow(() -> new IllegalArgumentException("no " + name)), type);
  }

  private static RuntimeException impossible(Throwable thrown) {
    return thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
  }

  /** Inflates through libdeflate. */
  static final class Decompressor implements Inflate {
    private static final MethodHandle ZLIB = calls().zlibDecompress();
    private static final MethodHandle DEFLATE = calls().deflateDecompress();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment actual = arena.allocate(JAVA_LONG);
    private final MemorySegment consumed = arena.allocate(JAVA_LONG);
    private MemorySegment state;

    Decompressor() {
      try {
        state = (MemorySegment) calls().allocDecompressor().invokeExact();
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
        calls().freeDecompressor().invokeExact(state);
      } catch (Throwable e) {
        throw impossible(e);
      }
      state = MemorySegment.NULL;
      arena.close();
    }
  }

  /** Compresses through libdeflate. */
  static final class Compressor implements Deflate {
    private MemorySegment state;

    Compressor(int level) {
      try {
        state = (MemorySegment) calls().allocCompressor().invokeExact(level);
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
        return (int)
            (long)
                calls().zlibCompress().invokeExact(state, in, in.byteSize(), out, out.byteSize());
      } catch (Throwable e) {
        throw impossible(e);
      }
    }

    @Override
    public int deflate(MemorySegment in, MemorySegment out) {
      try {
        return (int)
            (long)
                calls()
                    .deflateCompress()
                    .invokeExact(state, in, in.byteSize(), out, out.byteSize());
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
        calls().freeCompressor().invokeExact(state);
      } catch (Throwable e) {
        throw impossible(e);
      }
      state = MemorySegment.NULL;
    }
  }
}
