// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.app.config.DroverConfig;
import io.drover.runtime.config.SettingsException;
import io.fabric8.kubernetes.api.model.NamedAuthInfo;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Who Drover is in the target cluster: a user of a kubeconfig, or the pod's own account. A token
 * that is renewed in its file is taken up without a restart.
 */
final class ClusterLogin {
  private ClusterLogin() {}

  /**
   * @throws SettingsException when the kubeconfig, or the file of a token that it names, cannot be
   *     read
   */
  static Config of(DroverConfig.Cluster cluster) {
    Path kubeconfig = cluster.kubeconfig();
    if (kubeconfig == null) {
      return Config.autoConfigure(cluster.context());
    }
    String text = read(kubeconfig);
    // By its file, because the client reads that again when the token is refused.
    Config settings = Config.fromKubeconfig(cluster.context(), kubeconfig.toFile());
    Path token = tokenFile(kubeconfig, text, settings);
    if (token != null) {
      var _ = read(token);
      settings.setOauthTokenProvider(() -> current(token));
    }
    return settings;
  }

  /** The {@code tokenFile} of the user, which the client does not know; null if there is none. */
  private static @Nullable Path tokenFile(Path kubeconfig, String text, Config settings) {
    if (settings.getCurrentContext() == null) {
      return null;
    }
    String user = settings.getCurrentContext().getContext().getUser();
    var parsed = Serialization.unmarshal(text, io.fabric8.kubernetes.api.model.Config.class);
    for (NamedAuthInfo one : parsed.getUsers()) {
      if (one.getName().equals(user)
          && one.getUser() != null
          && one.getUser().getTokenFile() != null) {
        return kubeconfig.resolveSibling(one.getUser().getTokenFile());
      }
    }
    return null;
  }

  private static String current(Path token) {
    try {
      return Files.readString(token).strip();
    } catch (IOException e) {
      throw new KubernetesClientException(
          "The token file " + token + " of cluster.kubeconfig cannot be read", e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new SettingsException(
          "cluster.kubeconfig: " + file + " cannot be read: see that it exists and may be read", e);
    }
  }
}
