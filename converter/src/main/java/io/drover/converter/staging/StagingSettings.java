// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where images are staged and how the cluster fetches them.
 *
 * @param folder on a volume that every converter instance mounts; images, their journals and the
 *     key of their passwords
 * @param most bytes that all staged images may take; 0 = what the filesystem has
 * @param reserve bytes that are left free on the filesystem
 * @param host address to listen at
 * @param port 0 picks a free one
 * @param url how the cluster reaches it, such as the Service's {@code
 *     https://drover-staging.drover.svc:8443}: it stands in DataVolumes and must outlive an
 *     instance; null = where it listens
 * @param tls null = plain HTTP, on loopback only
 * @param zstd whether images are compressed: fewer bytes, but CDI unpacks them with its own CPU
 */
public record StagingSettings(
    Path folder,
    long most,
    long reserve,
    String host,
    int port,
    @Nullable URI url,
    @Nullable Tls tls,
    boolean zstd) {
  /**
   * The server's certificate.
   *
   * @param chain PEM file of its certificate and those that signed it
   * @param key PEM file of its private key, PKCS#8
   * @param ca PEM file of the authority that CDI shall trust; null = the chain itself
   */
  public record Tls(Path chain, Path key, @Nullable Path ca) {}

  public StagingSettings {
    URI shown = url;
    if (shown != null) {
      boolean secure = "https".equals(shown.getScheme());
      if (shown.getHost() == null || !(secure || "http".equals(shown.getScheme()))) {
        throw new IllegalArgumentException(
            "Expected an https URL of the staging Service, but got " + shown);
      }
      if (!secure && !loopback(shown.getHost())) {
        throw new IllegalArgumentException(
            "Expected https for staged disks at "
                + shown.getHost()
                + ": http would show them and their password to the network");
      }
    }
    if (tls == null && !loopback(host)) {
      throw new IllegalArgumentException(
          "Expected a certificate and its key to serve staged disks at "
              + host
              + "; without one only loopback is served");
    }
    if (most < 0 || reserve < 0) {
      throw new IllegalArgumentException(
          "Expected no negative space for staging, but got " + most + " and " + reserve);
    }
  }

  private static boolean loopback(String host) {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
  }
}
