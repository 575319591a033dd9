// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.DiskImports;
import io.drover.converter.SourceDisks;
import io.drover.converter.worker.WorkerReport;
import io.drover.disk.pipe.Workers;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** Target volumes as CDI DataVolumes: makes them, fills them, reads them back, removes them. */
public final class CdiDiskImports implements DiskImports {
  private final KubernetesClient client;
  private final DataVolumes volumes;
  private final Road upload;
  private final VddkRoad vddk;
  private final WorkerJobs jobs;
  private final Cleanup cleanup;

  /**
   * @param workers the pool that all disks share; not closed
   * @param clock for the times in receipts
   */
  public CdiDiskImports(
      KubernetesClient client, CdiSettings settings, Workers workers, Clock clock) {
    this.client = client;
    this.volumes = new DataVolumes(client);
    var targets = new TargetVolumes(client, volumes, settings.patience());
    var pipe = new DiskPipe(workers);
    this.upload = new UploadRoad(client, volumes, targets, settings, pipe, clock);
    this.vddk = new VddkRoad(volumes, targets, settings, clock);
    this.jobs = new WorkerJobs(client, settings);
    this.cleanup = new Cleanup(client, volumes, jobs, settings.patience());
  }

  @Override
  public CopyEvidence.VolumeReady prepare(CopyOrder order, Inventory.Disk disk, Attempt attempt) {
    return order.transfer() == Transfer.VDDK
        ? vddk.prepare(order, disk, attempt)
        : road(order.sink()).prepare(order, disk, attempt);
  }

  @Override
  public CopyEvidence.DiskTransferred write(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Reading reading, Attempt attempt) {
    return road(order.sink()).write(order, disk, reading, attempt);
  }

  @Override
  public CopyEvidence.DiskTransferred pull(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.SnapshotTaken snapshot, Attempt attempt) {
    return vddk.pull(order, disk, snapshot, attempt);
  }

  private Road road(Sink sink) {
    return switch (sink) {
      case UPLOAD -> upload;
      case HTTP, DIRECT ->
          throw new CopyFault(
              Problem.Kind.REFUSED,
              "sink-not-configured",
              "The sink " + sink + " is not configured at this converter.",
              "Use the sink UPLOAD.");
    };
  }

  @Override
  public CopyEvidence.VolumeDigested digest(
      CopyOrder order,
      Inventory.Disk disk,
      CopyEvidence.DiskTransferred transferred,
      Attempt attempt) {
    String name = VolumeDraft.volume(order, disk).name();
    DataVolume volume = volumes.get(order.namespace(), name).orElse(null);
    PersistentVolumeClaim claim = Cluster.claim(client, order.namespace(), name).orElse(null);
    if (volume == null || claim == null || !volume.succeeded()) {
      throw new CopyFault(
          Problem.Kind.REFUSED,
          "landed-volume-missing",
          "Volume %s, the copy of disk %s of VM %s, is not there any more."
              .formatted(transferred.volume(), disk.label(), order.vmName()),
          "See who deletes volumes in namespace " + order.namespace() + ", then copy again.");
    }
    WorkerReport report = jobs.digest(order, disk, claim, attempt);
    attempt
        .progress()
        .report(
            Integer.toString(disk.deviceKey()),
            "verified",
            disk.capacityBytes(),
            disk.capacityBytes());
    return new CopyEvidence.VolumeDigested(digest(report));
  }

  private static DiskDigest digest(WorkerReport report) {
    if (report.root() == null || report.size() == null) {
      throw new IllegalStateException("A report without a digest: " + report);
    }
    return DiskDigest.v1(report.size(), report.root());
  }

  @Override
  public void halt(CopyOrder order, Attempt attempt) {
    jobs.halt(order, attempt);
    cleanup.halt(order, attempt);
  }

  @Override
  public void remove(MigrationId migration, @Nullable CopyOrder order, Attempt attempt) {
    cleanup.remove(migration, order, attempt);
  }
}
