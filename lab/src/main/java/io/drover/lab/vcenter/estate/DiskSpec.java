// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.storage.DiskLayout;
import org.jspecify.annotations.Nullable;

/** What a disk shall be, said piece by piece; used while an estate is built. */
public final class DiskSpec {
  long sizeBytes;
  long payloadBytes = 8L << 20;
  @Nullable DiskLayout layout;
  Controller controller = Controller.PVSCSI;
  int bus;
  String mode = "persistent";
  String sharing = "sharingNone";
  boolean thin = true;
  @Nullable String rdm;
  @Nullable LabDatastore datastore;

  DiskSpec(long sizeBytes) {
    this.sizeBytes = sizeBytes;
  }

  /** A disk of so many GiB as the guest sees it. */
  public static DiskSpec gib(int size) {
    return new DiskSpec((long) size << 30);
  }

  /** A disk of so many bytes, a multiple of 512 and at least 2 MiB. */
  public static DiskSpec bytes(long size) {
    return new DiskSpec(size);
  }

  /** About how many MiB of files it holds. */
  public DiskSpec payloadMib(int size) {
    payloadBytes = (long) size << 20;
    return this;
  }

  public DiskSpec layout(DiskLayout wanted) {
    layout = wanted;
    return this;
  }

  public DiskSpec on(Controller kind, int busNumber) {
    controller = kind;
    bus = busNumber;
    return this;
  }

  public DiskSpec on(Controller kind) {
    return on(kind, 0);
  }

  public DiskSpec in(LabDatastore place) {
    datastore = place;
    return this;
  }

  /** An independent persistent disk: snapshots leave it out. */
  public DiskSpec independent() {
    mode = "independent_persistent";
    return this;
  }

  /** A raw device mapping in physicalMode or virtualMode. */
  public DiskSpec rawDevice(String compatibilityMode) {
    rdm = compatibilityMode;
    mode = compatibilityMode.equals("physicalMode") ? "independent_persistent" : "persistent";
    return this;
  }

  /** A disk that several virtual machines may open at once. */
  public DiskSpec multiWriter() {
    sharing = "sharingMultiWriter";
    return this;
  }

  public DiskSpec thick() {
    thin = false;
    return this;
  }
}
