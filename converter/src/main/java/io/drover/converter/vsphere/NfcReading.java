// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.converter.StreamTap;
import io.drover.schemas.Problem;
import io.drover.vsphere.ExportLease;
import io.drover.vsphere.VSphereFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One disk on its way out of an NFC lease, counted and hashed for the lease's manifest. */
final class NfcReading implements SourceDisks.Reading {
  private final HeldLease held;
  private final ExportLease.Device device;
  private final String disk;
  private final ExportLease.Content content;
  private final NfcSourceDisks.Turn turn;
  private final Map<String, MessageDigest> hashes = new LinkedHashMap<>();
  private final Counted stream;

  NfcReading(
      HeldLease held,
      ExportLease.Device device,
      String disk,
      ExportLease.Content content,
      NfcSourceDisks.Turn turn) {
    this.held = held;
    this.device = device;
    this.disk = disk;
    this.content = content;
    this.turn = turn;
    // Which of the two the manifest speaks is known only when it was served.
    for (String algorithm : new String[] {"SHA-1", "SHA-256"}) {
      try {
        hashes.put(Manifest.plain(algorithm), MessageDigest.getInstance(algorithm));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("A JDK without " + algorithm, e);
      }
    }
    this.stream = new Counted(content.in());
  }

  @Override
  public ReadableByteChannel stream() {
    return stream;
  }

  @Override
  public @Nullable String verify() {
    return Manifest.verify(
        held,
        device,
        disk,
        stream.count,
        turn.stop(),
        type -> {
          MessageDigest digest = type == null ? null : hashes.get(type);
          return digest == null ? null : HexFormat.of().formatHex(digest.digest());
        });
  }

  @Override
  public CopyFault explain(IOException broken) {
    VSphereFault lost = held.lease().lost().orElse(null);
    if (lost != null) {
      CopyFault fault = Faults.leaseLost(disk, held.lease(), lost);
      fault.addSuppressed(broken);
      return fault;
    }
    return new CopyFault(
        new Problem(
            Problem.Kind.TRANSIENT,
            "disk-stream-broke",
            "The export of %s broke after %d bytes: %s."
                .formatted(disk, stream.count, broken.getMessage()),
            "Check the network to " + device.url().getHost() + "; it is read again from zero."),
        broken);
  }

  @Override
  public void close() {
    try {
      content.close();
    } catch (IOException e) {
      // The connection is gone, which is what was wanted.
      held.progress(device, stream.count);
    } finally {
      turn.close();
    }
  }

  /** Counts and hashes what passes, and tells the lease how far it is. */
  private final class Counted extends StreamTap {
    private static final long STEP = 1L << 20;
    private long count;
    private long told;

    // One copy for all of them, where each would make its own.
    private final byte[] hashed = new byte[64 << 10];

    Counted(ReadableByteChannel stream) {
      super(stream);
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      int start = into.position();
      int got = stream.read(into);
      if (got > 0) {
        for (int at = start; at < start + got; at += hashed.length) {
          int step = Math.min(hashed.length, start + got - at);
          into.get(at, hashed, 0, step);
          hashes.values().forEach(hash -> hash.update(hashed, 0, step));
        }
        count += got;
        turn.spend(got);
        if (count - told >= STEP) {
          told = count;
          held.progress(device, count);
        }
      }
      return got;
    }
  }
}
