// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.disk.ConversionResult;
import io.drover.disk.digest.DiskDigest;
import io.drover.disk.pipe.ExtentSink;
import io.drover.disk.raw.RawStream;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code source.upload}: raw or raw.zst through cdi-uploadproxy, which CDI writes straight to the
 * volume. An upload cannot be resumed: a volume that one began to fill is thrown away, by uid, and
 * made anew.
 */
final class UploadRoad implements Road {
  private static final ResourceDefinitionContext TOKEN_REQUEST =
      new ResourceDefinitionContext.Builder()
          .withGroup("upload.cdi.kubevirt.io")
          .withVersion("v1beta1")
          .withKind("UploadTokenRequest")
          .withPlural("uploadtokenrequests")
          .withNamespaced(true)
          .build();

  private final KubernetesClient client;
  private final DataVolumes volumes;
  private final TargetVolumes targets;
  private final VolumeDraft draft;
  private final SourceDigests digests;
  private final CdiSettings settings;
  private final DiskPipe pipe;
  private final Clock clock;

  UploadRoad(Target target, DiskPipe pipe) {
    this.client = target.client();
    this.volumes = target.volumes();
    this.targets = target.targets();
    this.draft = target.draft();
    this.digests = target.digests();
    this.settings = target.settings();
    this.pipe = pipe;
    this.clock = target.clock();
  }

  @Override
  public String prepare(CopyOrder order, Inventory.Disk disk, Attempt attempt) {
    DataVolume ready = ready(order, disk, false, attempt);
    return ready.namespace() + "/" + ready.name();
  }

  private DataVolume ready(CopyOrder order, Inventory.Disk disk, boolean fresh, Attempt attempt) {
    DataVolume volume =
        targets.ensure(
            order,
            disk,
            fresh,
            attempt,
            () ->
                draft.dataVolume(
                    order,
                    disk,
                    "upload",
                    Map.of(),
                    Map.of(Marks.SINK, Sink.UPLOAD.name()),
                    attempt));
    return volumes.await(
        volume,
        "volume-not-ready",
        "take an upload",
        settings.patience().ready(),
        attempt,
        DataVolumes.telling(
            disk,
            attempt,
            now -> now.phase().equals("UploadReady") || (!fresh && now.succeeded())));
  }

  @Override
  public CopyEvidence.DiskTransferred write(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Offer offer, Attempt attempt) {
    Instant began = clock.instant();
    DataVolume volume = ready(order, disk, true, attempt);
    String name = volume.namespace() + "/" + volume.name();
    ConversionResult moved;
    String checksum;
    // Claimed when the source is there: a lease that ended while the volume was made costs no
    // volume.
    try (var reading = offer.read();
        var upload = upload(name, claimed(order, volume, attempt))) {
      moved =
          pipe.run(
              order,
              disk,
              reading,
              new DiskPipe.Drain() {
                @Override
                public ExtentSink open() throws IOException {
                  var body = RawStream.channel(upload.open());
                  return upload().compressed()
                      ? RawStream.zstd(body, upload().level())
                      : RawStream.raw(body);
                }

                @Override
                public void cut() {
                  upload.close();
                }

                @Override
                public CopyFault explain(IOException broken) {
                  return upload.explain(broken);
                }
              },
              attempt);
      // A body that is ended well is a whole disk to CDI: what the source denies is never ended so.
      checksum = verify(reading, disk, order);
      upload.finish();
    }
    DiskDigest digest = moved.digest();
    Outage.through(
        settings.patience().gone(), attempt, () -> digests.keep(order, disk, digest, attempt));
    volumes.await(
        volume,
        "upload-not-landed",
        "succeed after the upload",
        settings.patience().landed(),
        attempt,
        DataVolume::succeeded);
    return Evidence.transferred(name, moved, checksum, began, clock.instant());
  }

  /**
   * Claims the volume as it is now. While a place to read at was waited for, which may be hours,
   * CDI has written to it, and another may have begun to fill it.
   */
  private DataVolume claimed(CopyOrder order, DataVolume ready, Attempt attempt) {
    DataVolume now =
        volumes.await(
            ready,
            "volume-not-ready",
            "take an upload",
            settings.patience().ready(),
            attempt,
            there -> there.phase().equals("UploadReady") || begun(there));
    targets.own(order, now, attempt);
    if (begun(now)) {
      throw new CopyFault(
          Problem.Kind.TRANSIENT,
          "volume-contended",
          "Another began to fill DataVolume " + now.namespace() + "/" + now.name() + ".",
          "Nothing: the volume is made anew. See who else works in this namespace.");
    }
    return targets.claimForWriting(now, attempt);
  }

  private static boolean begun(DataVolume volume) {
    return !volume.annotation(Marks.WRITING).isEmpty() || volume.succeeded();
  }

  static @Nullable String verify(
      SourceDisks.Reading reading, Inventory.Disk disk, CopyOrder order) {
    try {
      return reading.verify();
    } catch (IOException e) {
      throw new CopyFault(
          new Problem(
              Problem.Kind.TRANSIENT,
              "manifest-unread",
              "The manifest of disk %s of VM %s could not be read: %s."
                  .formatted(disk.label(), order.vmName(), e.getMessage()),
              "Nothing: the disk is read again."),
          e);
    }
  }

  private Upload upload(String name, DataVolume volume) {
    return new Upload(upload(), name, token(volume));
  }

  private CdiSettings.Upload upload() {
    CdiSettings.Upload upload = settings.sinks().upload();
    if (upload == null) {
      throw new IllegalStateException("An upload without a proxy");
    }
    return upload;
  }

  private String token(DataVolume volume) {
    GenericKubernetesResource request =
        new GenericKubernetesResourceBuilder()
            .withApiVersion("upload.cdi.kubevirt.io/v1beta1")
            .withKind("UploadTokenRequest")
            .withNewMetadata()
            .withName(volume.name())
            .withNamespace(volume.namespace())
            .endMetadata()
            .addToAdditionalProperties("spec", Map.of("pvcName", volume.name()))
            .build();
    GenericKubernetesResource answered =
        ClusterFaults.named(
            "ask for an upload token of claim " + volume.namespace() + "/" + volume.name(),
            () ->
                client
                    .genericKubernetesResources(TOKEN_REQUEST)
                    .inNamespace(volume.namespace())
                    .resource(request)
                    .create());
    String token = Objects.toString(answered.get("status", "token"), "");
    if (token.isEmpty()) {
      throw new CopyFault(
          Problem.Kind.TRANSIENT,
          "upload-token-missing",
          "CDI gave no upload token for claim " + volume.namespace() + "/" + volume.name() + ".",
          "See the cdi-apiserver of the target cluster.");
    }
    return token;
  }
}
