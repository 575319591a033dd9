// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory;
import io.drover.schemas.Sink;
import io.drover.schemas.SinkPolicy;
import io.drover.schemas.Token;
import io.drover.schemas.Transfer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Whether a copy could be made that nobody has asked for yet: is the storage there and well, is a
 * way into it set up, would the cluster take what the copy makes. Looked at while the source still
 * runs, because all of it is found out too late once it is off. Changes nothing.
 */
public final class CopyOutlook {
  /** No owner is newer than somebody who only looks. */
  private static final Attempt LOOK =
      new Attempt(
          new EffectId("outlook"), new Token(Long.MAX_VALUE), StopSignal.NEVER, Progress.NONE);

  private final KubernetesClient client;
  private final Ways ways;
  private final CdiSettings.WorkerPod worker;
  private final Function<String, CdiSettings.@Nullable Vddk> vddk;
  private final ImporterAccess access;
  private final TargetStorage storage;
  private final DataVolumes volumes;
  private final TargetVolumes targets;
  private final VolumeDraft draft;

  /**
   * The ways into a volume that are set up, here or at another process with the same settings.
   *
   * @param upload where disks are uploaded to; null = they are not
   * @param staging whether images are staged
   * @param direct whether worker pods reach the ESXi hosts
   * @param here whether this process does the copies: only then does its own network say anything
   */
  public record Ways(
      CdiSettings.@Nullable Upload upload, boolean staging, boolean direct, boolean here) {
    /** Whether they can be judged: a process that makes no copies may not be told of them. */
    boolean known() {
      return here || policy().any();
    }

    /** In the words that a plan shares. */
    SinkPolicy.Ways policy() {
      return new SinkPolicy.Ways(upload != null, staging, direct);
    }

    static Ways of(CdiSettings.Sinks sinks) {
      return new Ways(sinks.upload(), sinks.staging() != null, sinks.direct(), true);
    }
  }

  /**
   * @param vddk by vCenter instance UUID: how CDI's importer reaches it; null = not by VDDK
   * @param login what the importer's login is tried by
   */
  public CopyOutlook(
      KubernetesClient client,
      Ways ways,
      CdiSettings.WorkerPod worker,
      Function<String, CdiSettings.@Nullable Vddk> vddk,
      ImporterAccess.Login login) {
    this.client = client;
    this.ways = ways;
    this.worker = worker;
    this.vddk = vddk;
    this.access = new ImporterAccess(client, login);
    this.storage = new TargetStorage(client);
    this.volumes = new DataVolumes(client);
    this.targets = new TargetVolumes(client, volumes, CdiSettings.Patience.DEFAULT);
    this.draft = new VolumeDraft(storage);
  }

  /**
   * Looks.
   *
   * @throws CopyFault with what the copy itself would say later; UNAVAILABLE where waiting helps
   */
  public void look(CopyOrder order) {
    if (order.transfer() == Transfer.VDDK) {
      importer(order);
    }
    for (Inventory.Disk disk : order.disks()) {
      String storageClass = VolumeDraft.volume(order, disk).storageClass();
      targets.storageClassExists(storageClass);
      storage.gate(storageClass);
    }
    new TargetRoom(client, storage).check(order, volumes.missing(order));
    boolean uploads = false;
    for (Inventory.Disk disk : order.disks()) {
      String storageClass = VolumeDraft.volume(order, disk).storageClass();
      targets.free(order, disk, LOOK);
      TargetStorage.Modes modes = storage.modes(storageClass);
      Sink sink =
          ways.known() && order.transfer() == Transfer.STREAM
              ? SinkChoice.choose(order, disk, ways, modes).sink()
              : null;
      uploads |= sink == Sink.UPLOAD;
      objects(order, disk, modes, sink);
    }
    CdiSettings.Upload upload = ways.upload();
    if (uploads && ways.here() && upload != null) {
      new Upload(upload, order.namespace() + "/" + order.vmName(), "none").reach();
    }
  }

  private void importer(CopyOrder order) {
    CdiSettings.Vddk as = vddk.apply(order.vm().vcenter());
    if (as != null) {
      access.look(as, order.namespace());
    } else if (ways.here()) {
      throw VddkRoad.notConfigured(order);
    }
  }

  /**
   * Whether the upload proxy is there and trusted.
   *
   * @throws CopyFault if it is not
   */
  public static void reach(CdiSettings.Upload upload) {
    new Upload(upload, "a volume", "none").reach();
  }

  /** Would the cluster take what the copy of a disk makes? */
  private void objects(
      CopyOrder order,
      Inventory.Disk disk,
      TargetStorage.@Nullable Modes modes,
      @Nullable Sink sink) {
    String source = sink == Sink.DIRECT ? "blank" : "upload";
    String volume = VolumeDraft.volume(order, disk).name();
    if (volumes.get(order.namespace(), volume).isEmpty()) {
      // A seed made it otherwise, and a quota that it fills would be read as one that is full.
      would("DataVolume", draft.dataVolume(order, disk, source, Map.of(), Map.of(), LOOK));
    }
    PersistentVolumeClaim claim =
        new PersistentVolumeClaimBuilder()
            .withNewMetadata()
            .withName(volume)
            .endMetadata()
            .withNewSpec()
            .withVolumeMode(modes == null ? "Filesystem" : modes.volume())
            .endSpec()
            .build();
    String name = "drover-outlook-" + Marks.hash(order.copy() + "/" + disk.deviceKey(), 20);
    WorkerTask task =
        sink == Sink.DIRECT ? WorkerTask.write(name, false) : WorkerTask.digest(name, name);
    would("Job", WorkerDraft.job(order, disk, claim, task, worker, Duration.ofMinutes(15), LOOK));
  }

  private void would(String kind, HasMetadata wanted) {
    String namespace = wanted.getMetadata().getNamespace();
    try {
      var _ =
          client
              .resource(wanted)
              .inNamespace(namespace)
              .dryRun(true)
              .fieldValidation(Validation.STRICT)
              .create();
    } catch (KubernetesClientException fault) {
      // One of that name is there: whose it is was looked at before.
      if (fault.getCode() != 409) {
        throw ClusterFaults.fault(
            "check " + kind + " " + namespace + "/" + wanted.getMetadata().getName(), fault);
      }
    }
  }
}
