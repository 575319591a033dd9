// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.storage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Copies sparse files without touching their holes, so that a snapshot costs what was written, not
 * what the disk could hold. On Linux the holes are asked for with {@code lseek(2)} (SEEK_DATA,
 * SEEK_HOLE) and the file is cloned by {@code ioctl(FICLONE)} where the filesystem can; elsewhere
 * the whole file is copied.
 */
public final class SparseFiles {

  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final long FICLONE = 0x40049409L;
  private static final Optional<Native> NATIVE = Native.find();

  private SparseFiles() {}

  /**
   * A stretch of stored bytes.
   *
   * @param start first byte
   * @param end byte after the last
   */
  public record Extent(long start, long end) {}

  /** Copies a file to a new one; holes stay holes. */
  public static void copy(Path from, Path to) throws IOException {
    try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
        FileChannel out =
            FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      if (NATIVE.isPresent() && NATIVE.get().cloned(from, to)) {
        return;
      }
      for (Extent extent : extents(from)) {
        long at = extent.start();
        while (at < extent.end()) {
          out.position(at);
          long moved = in.transferTo(at, extent.end() - at, out);
          if (moved <= 0) {
            break;
          }
          at += moved;
        }
      }
      if (in.size() > out.size()) {
        out.write(ByteBuffer.allocate(1), in.size() - 1);
        // The byte above is a zero where the source ends in a hole, else it was copied already.
      }
    }
  }

  /** Where a file stores bytes, in order; the whole file when holes cannot be asked for. */
  public static List<Extent> extents(Path file) throws IOException {
    long size = Files.size(file);
    if (NATIVE.isPresent()) {
      Optional<List<Extent>> found = NATIVE.get().extents(file, size);
      if (found.isPresent()) {
        return found.get();
      }
    }
    return size == 0 ? List.of() : List.of(new Extent(0, size));
  }

  /** Whether all remaining bytes are zero; the buffer's position stays. */
  public static boolean zero(ByteBuffer buffer) {
    int first = buffer.position();
    int rest = buffer.remaining() - 1;
    // All are what the next one is, and the first is zero.
    return rest < 0
        || (buffer.get(first) == 0
            && buffer.slice(first, rest).mismatch(buffer.slice(first + 1, rest)) < 0);
  }

  /** The four calls of the C library that this class needs. */
  private record Native(
      MethodHandle open, MethodHandle close, MethodHandle lseek, MethodHandle ioctl) {

    static Optional<Native> find() {
      if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
        return Optional.empty();
      }
      try {
        Linker linker = Linker.nativeLinker();
        var lookup = linker.defaultLookup();
        Linker.Option variadic = Linker.Option.firstVariadicArg(2);
        return Optional.of(
            new Native(
                linker.downcallHandle(
                    lookup.findOrThrow("open"),
                    FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT)),
                linker.downcallHandle(
                    lookup.findOrThrow("close"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)),
                linker.downcallHandle(
                    lookup.findOrThrow("lseek"),
                    FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT)),
                linker.downcallHandle(
                    lookup.findOrThrow("ioctl"),
                    FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT),
                    variadic)));
      } catch (RuntimeException e) {
        return Optional.empty(); // no such symbols here: holes are found by reading instead
      }
    }

    boolean cloned(Path from, Path to) throws IOException {
      try (Arena arena = Arena.ofConfined()) {
        int source = (int) open.invokeExact(arena.allocateFrom(from.toString()), O_RDONLY);
        int target = (int) open.invokeExact(arena.allocateFrom(to.toString()), O_WRONLY);
        try {
          return source >= 0
              && target >= 0
              && (int) ioctl.invokeExact(target, FICLONE, source) == 0;
        } finally {
          shut(source);
          shut(target);
        }
      } catch (IOException | RuntimeException e) {
        throw e;
      } catch (Throwable e) {
        throw new IOException("cloning " + from + " failed", e);
      }
    }

    Optional<List<Extent>> extents(Path file, long size) throws IOException {
      try (Arena arena = Arena.ofConfined()) {
        int fd = (int) open.invokeExact(arena.allocateFrom(file.toString()), O_RDONLY);
        if (fd < 0) {
          return Optional.empty();
        }
        try {
          List<Extent> all = new ArrayList<>();
          long at = 0;
          while (at < size) {
            long start = (long) lseek.invokeExact(fd, at, SEEK_DATA);
            if (start < 0) {
              break; // ENXIO: only a hole is left
            }
            long end = (long) lseek.invokeExact(fd, start, SEEK_HOLE);
            if (end <= start) {
              return Optional.empty();
            }
            all.add(new Extent(start, Math.min(end, size)));
            at = end;
          }
          return Optional.of(all);
        } finally {
          shut(fd);
        }
      } catch (IOException | RuntimeException e) {
        throw e;
      } catch (Throwable e) {
        throw new IOException("asking for the holes of " + file + " failed", e);
      }
    }

    private void shut(int fd) throws Throwable {
      if (fd >= 0) {
        var _ = (int) close.invokeExact(fd);
      }
    }
  }
}
