// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.ws.Argument;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A lease on the disks of one machine or snapshot (vSphere's HttpNfcLease). It keeps itself alive
 * until it is completed or aborted; closing one that is not completed aborts it. Write {@link
 * #moref()} down before reading, so that a lease left behind by a crash can be aborted.
 */
public final class ExportLease implements AutoCloseable {
  /**
   * One disk that can be read.
   *
   * @param key vCenter's name for it, as in the manifest
   * @param disk which disk of the machine it is; empty if that cannot be told for certain
   * @param url where its bytes are
   * @param targetId a file name that vCenter proposes
   * @param fileSize bytes as stored, an estimate; 0 when unknown
   * @param thumbprint of the certificate at the URL's host, empty when vCenter does not say
   */
  public record Device(
      String key,
      Optional<VmFacts.Disk> disk,
      URI url,
      String targetId,
      long fileSize,
      String thumbprint) {}

  /**
   * What vCenter says it sent for one device.
   *
   * @param key of the device
   * @param checksumType such as {@code sha1} or {@code sha256}
   * @param checksum of the bytes sent, in hexadecimal digits
   * @param size in bytes as sent
   * @param capacity of the disk in bytes, -1 when not said
   * @param populatedSize bytes in use, -1 when not said
   */
  public record ManifestEntry(
      String key,
      String checksumType,
      String checksum,
      long size,
      long capacity,
      long populatedSize) {}

  /**
   * The bytes of one device, a streamOptimized VMDK. Reading fails if they end too early.
   *
   * @param in the bytes; closing it early drops the connection
   * @param length how many, or -1 when the server does not say
   */
  public record Content(ReadableByteChannel in, long length) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private final VSphere vsphere;
  private final Moref moref;
  private final List<Device> devices;
  private final Duration timeout;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicReference<@Nullable VSphereFault> lost = new AtomicReference<>();
  private volatile int percent;

  ExportLease(VSphere vsphere, Moref moref, List<Device> devices, Duration timeout) {
    this.vsphere = vsphere;
    this.moref = moref;
    this.devices = devices;
    this.timeout = timeout;
    Thread.ofVirtual().name("export-lease").start(this::keepAlive);
  }

  /** The lease itself. */
  public Moref moref() {
    return moref;
  }

  /** The disks offered. */
  public List<Device> devices() {
    return devices;
  }

  /** How long vCenter keeps the lease when nobody renews it. */
  public Duration timeout() {
    return timeout;
  }

  /** What to tell vCenter at the next heartbeat, and people who watch there. */
  public void progress(int percentDone) {
    percent = Math.clamp(percentDone, 0, 100);
  }

  /** Why the lease was lost, if it was: what is read from then on is worth nothing. */
  public Optional<VSphereFault> lost() {
    return Optional.ofNullable(lost.get());
  }

  private void keepAlive() {
    long pause = Math.clamp(timeout.toMillis() / 4, 250, 30_000);
    long lastRenewed = System.nanoTime();
    try {
      while (!ended.await(pause, TimeUnit.MILLISECONDS)) {
        try {
          int now = percent;
          vsphere.call(vim -> {
            vim.httpNfcLeaseProgress(VSphere.reference(moref), now);
            return true;
          });
          lastRenewed = System.nanoTime();
        } catch (VSphereFault e) {
          boolean gone =
              e.kind() == VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND
                  || e.kind() == VSphereFault.Kind.INVALID_STATE
                  || e.kind() == VSphereFault.Kind.TIMEOUT && e.vimType().isPresent();
          if (gone || System.nanoTime() - lastRenewed > timeout.toNanos()) {
            if (!over.get()) {
              lost.set(e);
            }
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Opens one disk for reading from its first byte.
   *
   * @throws VSphereFault UNREACHABLE, CERTIFICATE, or PROTOCOL when the server does not serve it
   */
  public Content open(Device device) {
    URI url = device.url();
    VSphereEndpoint endpoint = vsphere.endpoint();
    boolean sameHost = url.getHost().equals(endpoint.url().getHost());
    return DiskDownload.open(
        url, trust(device), sameHost ? vsphere.client().cookie() : "", endpoint.timeouts());
  }

  /** What the server of a device's bytes proves itself by. */
  public Trust trust(Device device) {
    return device.thumbprint().isBlank()
        ? vsphere.endpoint().trust()
        : Trust.thumbprint(device.thumbprint());
  }

  /**
   * What vCenter says it sent, device by device: complete only after all were read to their end.
   * Empty when this server keeps no manifest of exports.
   */
  public List<ManifestEntry> manifest() {
    return Exports.manifest(
        vsphere.raw(
            "HttpNfcLeaseGetManifest",
            Duration.ZERO,
            new Argument("_this", "ManagedObjectReference", VSphere.reference(moref))));
  }

  /**
   * Ends the lease well.
   *
   * @throws VSphereFault the reason, if the lease was lost meanwhile
   */
  public void complete() {
    VSphereFault why = lost.get();
    if (why != null) {
      throw why;
    }
    if (over.compareAndSet(false, true)) {
      ended.countDown();
      vsphere.call(vim -> {
        vim.httpNfcLeaseComplete(VSphere.reference(moref));
        return true;
      });
    }
  }

  /** Ends the lease as failed; vCenter then lets go of the machine. */
  public void abort() {
    if (over.compareAndSet(false, true)) {
      ended.countDown();
      VSphere.undisturbed(() -> vsphere.exports().abort(moref));
    }
  }

  @Override
  public void close() {
    abort();
  }
}
