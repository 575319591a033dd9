// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.converter.staging.StagedImage;
import io.drover.disk.DiskDigests;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.Progress;
import io.drover.disk.raw.RawStream;
import io.drover.disk.vmdk.StreamOptimizedWriter;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.time.Instant;
import java.util.Random;

/** Small disks of seeded bytes, as streamOptimized VMDKs. */
final class SampleDisks {
  private SampleDisks() {}

  /** A disk whose first and last third are noise, with zeros between. */
  private static GuestDisk disk(long size, int seed) {
    byte[] bytes = new byte[Math.toIntExact(size)];
    byte[] noise = new byte[bytes.length / 3];
    new Random(seed).nextBytes(noise);
    System.arraycopy(noise, 0, bytes, 0, noise.length);
    System.arraycopy(noise, 0, bytes, bytes.length - noise.length, noise.length);
    return of(bytes);
  }

  private static GuestDisk of(byte[] bytes) {
    return new GuestDisk() {
      @Override
      public long size() {
        return bytes.length;
      }

      @Override
      public void read(long offset, ByteBuffer into) {
        into.put(bytes, Math.toIntExact(offset), into.remaining());
      }

      @Override
      public boolean isZero(long offset, long length) {
        return false;
      }

      @Override
      public void close() {}
    };
  }

  /** The root of the digest of a disk with these bytes. */
  static String digest(byte[] bytes) throws IOException {
    return DiskDigests.of(of(bytes), null, Progress.NONE, () -> false).root();
  }

  static DiskDigest digest(long size, int seed) {
    try {
      return DiskDigest.v1(
          size, DiskDigests.of(disk(size, seed), null, Progress.NONE, () -> false).root());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] vmdk(long size, int seed) {
    try {
      var out = new ByteArrayOutputStream();
      var _ = StreamOptimizedWriter.stream(disk(size, seed), RawStream.channel(out), 1);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An offer of which only the reading matters. */
  static SourceDisks.Offer only(SourceDisks.Reading reading) {
    return new SourceDisks.Offer() {
      @Override
      public SourceDisks.Reading read() {
        return reading;
      }

      @Override
      public SourceDisks.Ticket lend() {
        throw new AssertionError("this disk is read by the converter");
      }
    };
  }

  /** An offer that must not be taken. */
  static SourceDisks.Offer untouchable() {
    return new SourceDisks.Offer() {
      @Override
      public SourceDisks.Reading read() {
        throw new AssertionError("the source is read again");
      }

      @Override
      public SourceDisks.Ticket lend() {
        throw new AssertionError("the source is read again");
      }
    };
  }

  /**
   * A disk that is read here or served to whoever is lent it.
   *
   * @param breaksAfter bytes after which either way breaks
   */
  static SourceDisks.Offer offer(long size, int seed, long breaksAfter) {
    return offer(size, seed, breaksAfter, () -> {});
  }

  /**
   * @param beforeBreak runs before a served disk breaks: it may wait
   */
  static SourceDisks.Offer offer(long size, int seed, long breaksAfter, Runnable beforeBreak) {
    return new SourceDisks.Offer() {
      @Override
      public SourceDisks.Reading read() {
        return reading(size, seed, breaksAfter);
      }

      @Override
      public SourceDisks.Ticket lend() {
        return new ServedDisk(vmdk(size, seed), breaksAfter, beforeBreak);
      }
    };
  }

  /** What is known of an image of somebody else. */
  static StagedImage staged(String id) {
    return new StagedImage(id, "m-other", "copy-other", 2000, 1 << 20, Instant.EPOCH);
  }

  /** A disk being read, whose stream breaks after so many bytes. */
  static SourceDisks.Reading reading(long size, int seed, long breaksAfter) {
    return reading(
        size,
        seed,
        breaksAfter,
        () -> {
          throw new IOException("Connection reset by the test");
        });
  }

  /** What happens to a stream. */
  interface Mishap {
    void strike() throws IOException;
  }

  /** A disk being read, to whose stream something happens, once, after so many bytes. */
  static SourceDisks.Reading reading(long size, int seed, long after, Mishap mishap) {
    byte[] vmdk = vmdk(size, seed);
    return new SourceDisks.Reading() {
      @Override
      public ReadableByteChannel stream() {
        ByteBuffer all = ByteBuffer.wrap(vmdk);
        return new ReadableByteChannel() {
          private long passed;
          private boolean struck;

          @Override
          public int read(ByteBuffer into) throws IOException {
            if (passed >= after && !struck) {
              mishap.strike();
              struck = true;
            }
            int got = Math.min(256 << 10, Math.min(all.remaining(), into.remaining()));
            into.put(all.slice(all.position(), got));
            all.position(all.position() + got);
            passed += got;
            return got > 0 ? got : -1;
          }

          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public void close() {}
        };
      }

      @Override
      public String verify() {
        return "sha1:of-the-test";
      }

      @Override
      public CopyFault explain(IOException broken) {
        return new CopyFault(
            Problem.Kind.TRANSIENT, "disk-stream-broke", broken.getMessage() + ".", "Wait.");
      }

      @Override
      public void close() {}
    };
  }
}
