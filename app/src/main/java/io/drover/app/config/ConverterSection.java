// SPDX-License-Identifier: Apache-2.0
package io.drover.app.config;

import io.drover.disk.Conversion;
import io.drover.runtime.config.SettingsException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How disks are copied.
 *
 * @param staging where images are staged and served; missing = none are
 * @param direct whether worker pods reach the ESXi hosts, and so may write volumes in place
 * @param readsPerHost disks read from one ESXi host at a time
 * @param readsPerVCenter disks read from one vCenter's hosts at a time
 * @param maxMiBs MiB/s that this process reads from one vCenter's hosts at most, 0 = no cap
 * @param diskMemoryMiB what the buffers of one disk may take, MiB
 * @param quiesce whether VMware Tools quiesces a running guest for a snapshot
 * @param vddk by vCenter name: how CDI's VDDK importer logs in there
 */
public record ConverterSection(
    @Nullable Staging staging,
    Boolean direct,
    Integer readsPerHost,
    Integer readsPerVCenter,
    Integer maxMiBs,
    Integer diskMemoryMiB,
    Boolean quiesce,
    Map<String, Vddk> vddk) {
  private static final long LEAST_MEMORY_MIB = Conversion.LEAST_MEMORY >> 20;

  @SuppressWarnings("ConstantValue")
  public ConverterSection(
      @Nullable Staging staging,
      @Nullable Boolean direct,
      @Nullable Integer readsPerHost,
      @Nullable Integer readsPerVCenter,
      @Nullable Integer maxMiBs,
      @Nullable Integer diskMemoryMiB,
      @Nullable Boolean quiesce,
      @Nullable Map<String, Vddk> vddk) {
    this.staging = staging;
    this.direct = direct != null && direct;
    this.readsPerHost = readsPerHost == null ? 4 : readsPerHost;
    this.readsPerVCenter = readsPerVCenter == null ? 16 : readsPerVCenter;
    this.maxMiBs = maxMiBs == null ? 0 : maxMiBs;
    this.diskMemoryMiB = diskMemoryMiB == null ? (int) (Conversion.MEMORY >> 20) : diskMemoryMiB;
    this.quiesce = quiesce != null && quiesce;
    this.vddk = vddk == null ? Map.of() : Map.copyOf(vddk);
    if (this.readsPerHost < 1 || this.readsPerVCenter < 1) {
      throw new SettingsException(
          "converter.readsPerHost and readsPerVCenter: at least 1 disk must be read at a time");
    }
    if (this.maxMiBs < 0) {
      throw new SettingsException("converter.maxMiBs: MiB/s, or 0 for no cap");
    }
    if (this.diskMemoryMiB < LEAST_MEMORY_MIB) {
      throw new SettingsException(
          "converter.diskMemoryMiB: a disk cannot be copied in less than "
              + LEAST_MEMORY_MIB
              + " MiB");
    }
    if (this.maxMiBs > 0 && this.direct) {
      throw new SettingsException(
          "converter.maxMiBs and converter.direct: what worker pods read does not pass through here"
              + " and cannot be capped; take one of the two out");
    }
  }

  /**
   * Where images are staged and served to CDI's importer.
   *
   * @param folder on a volume that every converter instance mounts
   * @param spaceGiB what all images may take; all that the filesystem has, if missing
   * @param reserveGiB what is left free on the filesystem
   * @param host address to listen at
   * @param port port to listen at
   * @param url the Service's address as the cluster sees it
   * @param certificate PEM file of the server's certificate; nothing but loopback goes without
   * @param key PEM file of its key, PKCS#8
   * @param ca PEM file of the authority that CDI shall trust; the certificate itself if missing
   * @param zstd whether images are compressed
   */
  public record Staging(
      Path folder,
      @Nullable Integer spaceGiB,
      Integer reserveGiB,
      String host,
      Integer port,
      @Nullable URI url,
      @Nullable Path certificate,
      @Nullable Path key,
      @Nullable Path ca,
      Boolean zstd) {
    @SuppressWarnings("ConstantValue")
    public Staging(
        @Nullable Path folder,
        @Nullable Integer spaceGiB,
        @Nullable Integer reserveGiB,
        @Nullable String host,
        @Nullable Integer port,
        @Nullable URI url,
        @Nullable Path certificate,
        @Nullable Path key,
        @Nullable Path ca,
        @Nullable Boolean zstd) {
      this.folder =
          DroverConfig.need(
              folder, "converter.staging.folder", "name a folder on a volume of all converters");
      this.spaceGiB = spaceGiB;
      this.reserveGiB = reserveGiB == null ? 1 : reserveGiB;
      this.host = host == null ? "127.0.0.1" : host;
      this.port = port == null ? 8482 : port;
      this.url = url;
      this.certificate = certificate;
      this.key = key;
      this.ca = ca;
      this.zstd = zstd != null && zstd;
      if ((certificate == null) != (key == null)) {
        throw new SettingsException(
            "converter.staging: certificate and key go together, but one of them is missing");
      }
    }
  }

  /**
   * How CDI's VDDK importer logs in to a vCenter.
   *
   * @param secret name of a Secret with accessKeyId and secretKey in the target namespace
   * @param thumbprint SHA-1 thumbprint of the vCenter's certificate, as VDDK wants it
   */
  public record Vddk(String secret, String thumbprint) {
    @SuppressWarnings("ConstantValue")
    public Vddk {
      DroverConfig.need(secret, "converter.vddk.<vCenter>.secret", "name a Secret");
      DroverConfig.need(
          thumbprint, "converter.vddk.<vCenter>.thumbprint", "the SHA-1 of its certificate");
      if (!thumbprint.replace(":", "").matches("[0-9A-Fa-f]{40}")) {
        throw new SettingsException(
            "converter.vddk.<vCenter>.thumbprint: expected a SHA-1, which is the only one that VDDK"
                + " takes, 40 hexadecimal digits, but got '"
                + thumbprint
                + "'");
      }
    }
  }
}
