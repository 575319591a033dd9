// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.vmdk.StreamOptimizedWriter;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabLease;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import io.drover.lab.vcenter.storage.BlockSource;
import io.drover.lab.vcenter.storage.LabDiskContent;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.BitSet;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Serves the disks of export leases as an ESXi host does: /nfc/LEASE/FILE, a streamOptimized VMDK
 * made while it is sent.
 */
final class NfcStream implements HttpHandler {
  private static final long FAULT_AT = 256 * 1024;
  private static final int FAST = 1;

  private final LabEstate estate;

  NfcStream(LabEstate estate) {
    this.estate = estate;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    // Not closed on an exception: that would end the answer as if it were whole. The server breaks
    // the connection instead.
    serve(exchange);
    exchange.close();
  }

  private void serve(HttpExchange exchange) throws IOException {
    String[] parts = exchange.getRequestURI().getPath().split("/");
    LabLease lease =
        parts.length != 4
            ? null
            : estate.all(LabLease.class).stream()
                .filter(l -> l.id().equals(parts[2]))
                .findFirst()
                .orElse(null);
    LabLease.Item item = lease == null ? null : lease.item(parts[3]);
    if (lease == null || item == null) {
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    if (!exchange.getRequestMethod().equals("GET")) {
      exchange.sendResponseHeaders(405, -1);
      return;
    }
    String[] names = {lease.vm().name(), lease.vm().ref().value()};
    if (estate.faults().strike(Kind.HTTP_503, "GET", names) != null) {
      exchange.getResponseHeaders().set("Retry-After", "1");
      exchange.sendResponseHeaders(503, -1);
      return;
    }
    BlockSource source = item.source();
    if (source == null) {
      byte[] nvram = new byte[8684];
      exchange.sendResponseHeaders(200, nvram.length);
      exchange.getResponseBody().write(nvram);
      lease.sent(
          item,
          new LabLease.Sent(
              nvram.length, digest("SHA-1", nvram), digest("SHA-256", nvram), nvram.length));
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "application/x-vnd.vmware-streamVmdk");
    exchange.sendResponseHeaders(200, 0);
    send(exchange.getResponseBody(), lease, item, source, names);
  }

  private void send(
      OutputStream out, LabLease lease, LabLease.Item item, BlockSource source, String[] names)
      throws IOException {
    Guarded channel =
        new Guarded(
            out,
            () -> lease.item(item.targetId()) != null,
            strike(Kind.STREAM_RESET, names),
            strike(Kind.STREAM_TRUNCATED, names),
            strike(Kind.STREAM_CORRUPT, names),
            strike(Kind.STREAM_STALLED, names));
    Blocks disk = new Blocks(source);
    long size = StreamOptimizedWriter.stream(disk, channel, FAST);
    lease.sent(
        item,
        new LabLease.Sent(
            size,
            HexFormat.of().formatHex(channel.sha1.digest()),
            HexFormat.of().formatHex(channel.sha256.digest()),
            disk.populated()));
    out.close();
  }

  private long strike(Kind kind, String[] names) {
    LabFaultRule rule = estate.faults().strike(kind, "GET", names);
    return rule == null ? Long.MAX_VALUE : rule.afterBytes() > 0 ? rule.afterBytes() : FAULT_AT;
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has " + algorithm, e);
    }
  }

  private static String digest(String algorithm, byte[] bytes) {
    return HexFormat.of().formatHex(digest(algorithm).digest(bytes));
  }

  /** A lab disk as the disk library reads one. */
  private static final class Blocks implements GuestDisk {
    private final BlockSource source;
    private final BitSet allocated;

    Blocks(BlockSource source) {
      this.source = source;
      this.allocated = source.allocatedBlocks();
    }

    long populated() {
      return (long) allocated.cardinality() * LabDiskContent.BLOCK;
    }

    @Override
    public long size() {
      return source.size();
    }

    @Override
    public boolean isZero(long offset, long length) {
      int first = (int) (offset / LabDiskContent.BLOCK);
      int next = allocated.nextSetBit(first);
      return next < 0 || (long) next * LabDiskContent.BLOCK >= offset + length;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
      if (offset < 0 || offset + into.remaining() > size()) {
        throw new EOFException("Expected a range within the disk");
      }
      long at = offset;
      while (into.hasRemaining()) {
        int index = (int) (at / LabDiskContent.BLOCK);
        int inside = (int) (at % LabDiskContent.BLOCK);
        int count = Math.min(into.remaining(), LabDiskContent.BLOCK - inside);
        into.put(source.block(index), inside, count);
        at += count;
      }
    }
  }

  /** Asks whether the lease still stands. */
  @FunctionalInterface
  private interface Alive {
    boolean yes();
  }

  /**
   * Sends while the lease stands, digests what should be sent, and does what the fault rules say.
   */
  private static final class Guarded implements WritableByteChannel {
    private final OutputStream out;
    private final Alive alive;
    private final long resetAt;
    private final long cutAt;
    private final long flipAt;
    private final long stallAt;
    private final MessageDigest sha1 = digest("SHA-1");
    private final MessageDigest sha256 = digest("SHA-256");
    private long sent;
    private long checked;

    Guarded(OutputStream out, Alive alive, long resetAt, long cutAt, long flipAt, long stallAt) {
      this.out = out;
      this.alive = alive;
      this.resetAt = resetAt;
      this.cutAt = cutAt;
      this.flipAt = flipAt;
      this.stallAt = stallAt;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      byte[] bytes = new byte[from.remaining()];
      from.get(bytes);
      sha1.update(bytes);
      sha256.update(bytes);
      if (sent - checked > (1 << 20)) {
        checked = sent;
        if (!alive.yes()) {
          throw new IOException("The lease ended while its disk was sent");
        }
      }
      if (sent + bytes.length > resetAt) {
        out.flush();
        throw new IOException("The lab was told to break this connection");
      }
      if (sent + bytes.length > stallAt) {
        out.write(bytes, 0, (int) (stallAt - sent));
        out.flush();
        stall();
      }
      if (flipAt >= sent && flipAt < sent + bytes.length) {
        bytes[(int) (flipAt - sent)] ^= 0x20;
      }
      int wanted = (int) Math.max(0, Math.min(bytes.length, cutAt - sent));
      out.write(bytes, 0, wanted);
      sent += bytes.length;
      return bytes.length;
    }

    /** Sends nothing and closes nothing while the lease stands. */
    private void stall() throws IOException {
      try {
        while (alive.yes()) {
          Thread.sleep(50);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new IOException("The lab was told to stall this connection");
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {
      // the exchange closes the stream
    }
  }

  static @Nullable String cookie(HttpExchange exchange) {
    for (String header : exchange.getRequestHeaders().getOrDefault("Cookie", java.util.List.of())) {
      for (String part : header.split(";")) {
        String each = part.strip();
        if (each.startsWith("vmware_soap_session=")) {
          return each.substring("vmware_soap_session=".length()).replace("\"", "");
        }
      }
    }
    return null;
  }
}
