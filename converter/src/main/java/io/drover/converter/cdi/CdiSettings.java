// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.staging.Staging;
import io.drover.disk.Conversion;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the target cluster is used.
 *
 * @param sinks the ways of a stream into a volume that are set up
 * @param worker the Jobs that write to volumes and read them back
 * @param vddk by vCenter instance UUID: how CDI's importer reaches it; null = not by VDDK
 * @param patience how long the cluster may take for things that take no copying
 * @param diskMemory bytes that the buffers of a disk may take while it is copied
 */
public record CdiSettings(
    Sinks sinks,
    WorkerPod worker,
    Function<String, @Nullable Vddk> vddk,
    Patience patience,
    long diskMemory) {
  /** With the memory of a disk that {@link Conversion} takes by itself. */
  public CdiSettings(
      Sinks sinks, WorkerPod worker, Function<String, @Nullable Vddk> vddk, Patience patience) {
    this(sinks, worker, vddk, patience, Conversion.MEMORY);
  }

  /** Uploads only, with a fixed set of vCenters. */
  public CdiSettings(Upload upload, WorkerPod worker, Map<String, Vddk> vddk, Patience patience) {
    this(new Sinks(upload, null, false), worker, Map.copyOf(vddk)::get, patience);
  }

  /**
   * The ways of a stream into a volume.
   *
   * @param upload where disks are uploaded to; null = they are not
   * @param staging where images are staged and served; null = they are not
   * @param direct whether worker pods reach the ESXi hosts, and so may write volumes in place
   */
  public record Sinks(@Nullable Upload upload, @Nullable Staging staging, boolean direct) {
    public Sinks {
      if (upload == null && staging == null && !direct) {
        throw new IllegalArgumentException(
            "Expected a way for disks into the cluster, but there is none: configure the upload"
                + " proxy, a staging folder, or direct writing");
      }
    }
  }

  /**
   * The upload proxy of CDI.
   *
   * @param proxy such as {@code https://cdi-uploadproxy-openshift-cnv.apps.example.com}
   * @param ca PEM of the authority that signed its certificate; null = the JDK's trust store
   * @param compressed whether disks are sent as raw.zst (CDI 1.57 and later) instead of raw
   * @param level zstd level, 1 to 19
   * @param idle how long the proxy may be silent before the upload counts as broken
   */
  public record Upload(
      URI proxy, @Nullable String ca, boolean compressed, int level, Duration idle) {
    public Upload {
      if (!"https".equals(proxy.getScheme()) && !"http".equals(proxy.getScheme())) {
        throw new IllegalArgumentException(
            "Expected an https URL of cdi-uploadproxy, but got " + proxy);
      }
    }

    /** Compressed, over TLS, five minutes of patience. */
    public static Upload of(URI proxy, @Nullable String ca) {
      return new Upload(proxy, ca, true, 1, Duration.ofMinutes(5));
    }
  }

  /**
   * The pod of a worker Job.
   *
   * @param image the image of Drover, with its digest where the cluster is disconnected
   * @param serviceAccount null = the namespace's default; it needs no rights
   * @param pullSecret name of the image pull secret in the target namespace, if one is needed
   * @param cpu limit, for example {@code 1}
   * @param memory limit, for example {@code 768Mi}
   */
  public record WorkerPod(
      String image,
      @Nullable String serviceAccount,
      @Nullable String pullSecret,
      String cpu,
      String memory) {
    public static WorkerPod of(String image) {
      return new WorkerPod(image, null, null, "1", "768Mi");
    }

    /** The same pod as another account, its image pulled by this Secret; null = as it is. */
    public WorkerPod as(@Nullable String account, @Nullable String pullWith) {
      return new WorkerPod(image, account, pullWith, cpu, memory);
    }
  }

  /**
   * How CDI's VDDK importer reaches a vCenter.
   *
   * @param url SDK URL, for example {@code https://vcenter.example.com/sdk}
   * @param thumbprint SHA-1 thumbprint of its certificate
   * @param secret name of the Secret with accessKeyId and secretKey in the target namespace
   * @param image VMware's VDDK image, as the user provides it
   */
  public record Vddk(URI url, String thumbprint, String secret, @Nullable String image) {}

  /**
   * Bounds of waiting.
   *
   * @param ready for a volume to take bytes
   * @param landed for CDI to finish after the last byte was taken
   * @param gone for what was deleted to be gone
   * @param worker for a worker Job, beside a second for each 20 MB
   */
  public record Patience(Duration ready, Duration landed, Duration gone, Duration worker) {
    public static final Patience DEFAULT =
        new Patience(
            Duration.ofMinutes(5),
            Duration.ofHours(1),
            Duration.ofMinutes(5),
            Duration.ofMinutes(15));
  }
}
