// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.raw;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds and makes holes in a file or block device on Linux, which the JDK has no call for: {@code
 * lseek} with SEEK_DATA, {@code fallocate} with PUNCH_HOLE. Elsewhere it knows of no holes.
 */
final class Holes implements Closeable {
  private static final int O_RDONLY = 0;
  private static final int O_RDWR = 2;
  private static final int O_CLOEXEC = 0x80000;
  private static final int SEEK_DATA = 3;
  private static final int KEEP_SIZE_PUNCH_HOLE = 1 | 2;
  private static final int ENXIO = 6;

  private record Calls(
      MethodHandle open, MethodHandle close, MethodHandle seek, MethodHandle allocate) {}

  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final @Nullable Calls CALLS = load();

  private final int descriptor;
  private boolean closed;

  private Holes(int descriptor) {
    this.descriptor = descriptor;
  }

  @SuppressWarnings("restricted") // libc by name; where it is refused, holes stay unknown.
  private static @Nullable Calls load() {
    if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")
        || ADDRESS.byteSize() != 8) {
      return null;
    }
    try {
      Linker linker = Linker.nativeLinker();
      SymbolLookup libc = linker.defaultLookup();
      Linker.Option errno = Linker.Option.captureCallState("errno");
      return new Calls(
          linker.downcallHandle(
              libc.findOrThrow("open"),
              FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
              Linker.Option.firstVariadicArg(2)),
          linker.downcallHandle(
              libc.findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT)),
          linker.downcallHandle(
              libc.findOrThrow("lseek"),
              FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT),
              errno),
          linker.downcallHandle(
              libc.findOrThrow("fallocate"),
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG)));
    } catch (RuntimeException e) {
      return null;
    }
  }

  /** Opens a file of the default file system for its holes; null where that is not possible. */
  static @Nullable Holes open(Path path, boolean write) {
    Calls calls = CALLS;
    if (calls == null || path.getFileSystem() != java.nio.file.FileSystems.getDefault()) {
      return null;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path.toAbsolutePath().toString());
      int flags = (write ? O_RDWR : O_RDONLY) | O_CLOEXEC;
      int descriptor = (int) calls.open().invokeExact(name, flags, 0);
      return descriptor < 0 ? null : new Holes(descriptor);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** First offset at or after {@code from} that may hold data; {@link Long#MAX_VALUE} for none. */
  long nextData(long from) {
    Calls calls = CALLS;
    if (calls == null) {
      return from;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long at = (long) calls.seek().invokeExact(state, descriptor, from, SEEK_DATA);
      if (at >= 0) {
        return at;
      }
      return (int) ERRNO.get(state, 0L) == ENXIO ? Long.MAX_VALUE : from;
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** Makes a range read as zeros, without storing them; false where the system cannot. */
  boolean punch(long offset, long length) {
    Calls calls = CALLS;
    if (calls == null) {
      return false;
    }
    try {
      return (int) calls.allocate().invokeExact(descriptor, KEEP_SIZE_PUNCH_HOLE, offset, length)
          == 0;
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private static RuntimeException impossible(Throwable thrown) {
    return thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
  }

  @Override
  public synchronized void close() {
    Calls calls = CALLS;
    // A second time it could be the descriptor of another file.
    if (calls == null || closed) {
      return;
    }
    closed = true;
    try {
      int ignored = (int) calls.close().invokeExact(descriptor);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }
}
