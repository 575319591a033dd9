// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.digest;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
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
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 of the system's OpenSSL over the foreign-function API: hashes native memory where it is,
 * and needs no compiler to get fast, as the JDK's does. The calls are those of evp.h, stable since
 * version 1.1. One per thread.
 */
final class LibCrypto implements AutoCloseable {
  private static final List<String> NAMES = List.of("libcrypto.so.3", "libcrypto.so.1.1");
  private static final int LENGTH = 32;

  private static final @Nullable SymbolLookup LIBRARY = load();

  /** The calls, bound when the first hasher is made. */
  private static final class Calls {
    static final MethodHandle MAKE = bind("EVP_MD_CTX_new", FunctionDescriptor.of(ADDRESS));
    static final MethodHandle FREE = bind("EVP_MD_CTX_free", FunctionDescriptor.ofVoid(ADDRESS));
    static final MethodHandle SHA256 = bind("EVP_sha256", FunctionDescriptor.of(ADDRESS));
    static final MethodHandle INIT =
        bind("EVP_DigestInit_ex", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
    static final MethodHandle UPDATE =
        bind("EVP_DigestUpdate", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG));
    static final MethodHandle FINAL =
        bind("EVP_DigestFinal_ex", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));

    private Calls() {}
  }

  private final Arena arena = Arena.ofShared();
  private final MemorySegment result = arena.allocate(LENGTH);
  private final MemorySegment algorithm;
  private MemorySegment state;

  LibCrypto() {
    try {
      state = (MemorySegment) Calls.MAKE.invokeExact();
      algorithm = (MemorySegment) Calls.SHA256.invokeExact();
    } catch (Throwable e) {
      throw impossible(e);
    }
    begin();
  }

  /** Whether it is on this machine, may be called, and gives the digest that it must. */
  static boolean available() {
    if (LIBRARY == null) {
      return false;
    }
    try (LibCrypto trial = new LibCrypto()) {
      // A module in FIPS mode, or one that was built without it, may refuse.
      return java.util.Arrays.equals(trial.digest(), Sha256.newDigest().digest());
    } catch (IllegalStateException e) {
      return false;
    }
  }

  @SuppressWarnings("restricted") // Refused means the JDK's.
  private static @Nullable SymbolLookup load() {
    MemoryLayout size = Linker.nativeLinker().canonicalLayouts().get("size_t");
    if (size == null || size.byteSize() != 8) {
      return null;
    }
    for (String name : NAMES) {
      try {
        return SymbolLookup.libraryLookup(name, Arena.global());
      } catch (IllegalArgumentException | IllegalCallerException e) {
        // Not under this name, or native access is not granted: try the next, then the JDK.
      }
    }
    return null;
  }

  @SuppressWarnings("restricted")
  private static MethodHandle bind(String name, FunctionDescriptor type) {
    SymbolLookup library = LIBRARY;
    if (library == null) {
      throw new IllegalStateException("OpenSSL is not on this machine");
    }
    return Linker.nativeLinker()
        .downcallHandle(
            library
                .find(name)
                .orElseThrow(() -> new IllegalStateException("OpenSSL has no " + name)),
            type);
  }

  private static RuntimeException impossible(Throwable thrown) {
    return thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
  }

  private static void well(int answer, String call) {
    if (answer != 1) {
      throw new IllegalStateException("OpenSSL's " + call + " answers " + answer);
    }
  }

  private void begin() {
    try {
      well((int) Calls.INIT.invokeExact(state, algorithm, MemorySegment.NULL), "EVP_DigestInit_ex");
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** Takes bytes of native memory. */
  void update(MemorySegment bytes) {
    try {
      well((int) Calls.UPDATE.invokeExact(state, bytes, bytes.byteSize()), "EVP_DigestUpdate");
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** The digest of what was taken; begins anew. */
  byte[] digest() {
    try {
      well((int) Calls.FINAL.invokeExact(state, result, MemorySegment.NULL), "EVP_DigestFinal_ex");
    } catch (Throwable e) {
      throw impossible(e);
    }
    begin();
    return result.toArray(JAVA_BYTE);
  }

  @Override
  public void close() {
    if (state.address() == 0) {
      return;
    }
    try {
      Calls.FREE.invokeExact(state);
    } catch (Throwable e) {
      throw impossible(e);
    }
    state = MemorySegment.NULL;
    arena.close();
  }
}
