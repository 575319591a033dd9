// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.vsphere.ExportLease;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphereFault;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A disk of a lease, lent to a worker. No session goes with it: the address alone opens the disk.
 */
final class NfcTicket implements SourceDisks.Ticket {
  private final HeldLease held;
  private final ExportLease.Device device;
  private final String disk;
  private final NfcSourceDisks.Turn turn;

  NfcTicket(HeldLease held, ExportLease.Device device, String disk, NfcSourceDisks.Turn turn) {
    this.held = held;
    this.device = device;
    this.disk = disk;
    this.turn = turn;
  }

  @Override
  public String url() {
    return device.url().toString();
  }

  @Override
  public @Nullable String thumbprint() {
    return held.trust(device) instanceof Trust.Thumbprint(String hex) ? hex : null;
  }

  @Override
  public @Nullable String authorities() {
    return held.trust(device) instanceof Trust.Authorities(String pem) ? pem : null;
  }

  @Override
  public void progress(long bytes) {
    held.progress(device, bytes);
  }

  @Override
  public @Nullable CopyFault lost() {
    VSphereFault why = held.lease().lost().orElse(null);
    return why == null ? null : Faults.leaseLost(disk, held.lease(), why);
  }

  @Override
  public @Nullable String verify(long bytes, Map<String, String> hashes) {
    return Manifest.verify(held, device, disk, bytes, turn.stop(), hashes::get);
  }

  @Override
  public void close() {
    turn.close();
  }
}
