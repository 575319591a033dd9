// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.app.config.DroverConfig;
import io.drover.app.config.PointedAt;
import io.drover.executor.kubevirt.Rights;
import io.drover.runtime.config.Secret;
import io.drover.runtime.config.Settings;
import io.drover.runtime.config.SettingsException;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The Kubernetes Secrets that a configuration names, read of the target cluster once, when the
 * configuration is read to be used: one that was changed is known after a new start.
 */
public final class ClusterSecrets implements Secret.Vault {
  private final Map<String, String> found = new ConcurrentHashMap<>();
  private final Map<String, SettingsException> missed = new ConcurrentHashMap<>();

  private ClusterSecrets() {}

  /**
   * The configuration in a file, with the Secrets it names.
   *
   * @throws SettingsException naming the first key whose Secret cannot be read
   */
  public static DroverConfig configuration(Path file) {
    DroverConfig config = read(file, Wiring::connect);
    PointedAt.inCluster(config)
        .forEach((key, secret) -> {
          try {
            var _ = secret.read();
          } catch (SettingsException e) {
            throw new SettingsException(file + ": " + key + ": " + e.getMessage(), e);
          }
        });
    return config;
  }

  /** The same for a person who waits; a Secret that cannot be read is missed where it is used. */
  static DroverConfig asFarAsRead(Path file) {
    return read(file, Wiring::ask);
  }

  private static DroverConfig read(
      Path file, Function<DroverConfig.Cluster, KubernetesClient> reach) {
    var secrets = new ClusterSecrets();
    DroverConfig config = Settings.read(file, DroverConfig.class, secrets);
    var references = new TreeSet<String>();
    PointedAt.inCluster(config).values().forEach(secret -> references.add(secret.value()));
    if (!references.isEmpty()) {
      secrets.fetch(() -> reach.apply(config.cluster()), references);
    }
    return config;
  }

  private void fetch(Supplier<KubernetesClient> reach, Iterable<String> references) {
    try (KubernetesClient client = reach.get()) {
      for (String reference : references) {
        try {
          found.put(reference, value(client, reference));
        } catch (SettingsException e) {
          missed.put(reference, e);
        }
      }
    } catch (SettingsException e) {
      references.forEach(reference -> missed.putIfAbsent(reference, e));
    }
  }

  private static String value(KubernetesClient client, String reference) {
    String[] path = reference.substring(reference.indexOf(':') + 1).split("/", 3);
    io.fabric8.kubernetes.api.model.Secret secret;
    try {
      secret = client.secrets().inNamespace(path[0]).withName(path[1]).get();
    } catch (KubernetesClientException e) {
      throw problem(client, reference, path[0], e);
    }
    if (secret == null) {
      throw new SettingsException(
          "The Secret %s is not in namespace %s: create it, or correct %s"
              .formatted(path[1], path[0], reference));
    }
    var data = new TreeMap<String, String>();
    if (secret.getData() != null) {
      data.putAll(secret.getData());
    }
    String coded = data.get(path[2]);
    if (coded == null) {
      throw new SettingsException(
          "The Secret %s in namespace %s has no key %s; its keys are %s: correct %s"
              .formatted(path[1], path[0], path[2], data.keySet(), reference));
    }
    String value =
        new String(Base64.getDecoder().decode(coded), StandardCharsets.UTF_8).stripTrailing();
    if (value.isEmpty()) {
      throw new SettingsException("The secret " + reference + " is empty: write it there");
    }
    return value;
  }

  private static SettingsException problem(
      KubernetesClient client, String reference, String namespace, KubernetesClientException e) {
    String what =
        switch (e.getCode()) {
          case 403 -> "may not be read in namespace " + namespace + ": " + Rights.REMEDY_SECRETS;
          case 401 ->
              "cannot be read, because the cluster does not know who asks: see the user of"
                  + " cluster.kubeconfig";
          case -1, 0 ->
              "cannot be read, because the cluster at "
                  + client.getMasterUrl()
                  + " does not answer: see cluster.kubeconfig, and that it can be reached from"
                  + " here";
          default ->
              "cannot be read, because the cluster answered " + e.getCode() + ": try again later";
        };
    return new SettingsException("The secret " + reference + " " + what, e);
  }

  @Override
  public String read(String reference) {
    String value = found.get(reference);
    if (value != null) {
      return value;
    }
    SettingsException why = missed.get(reference);
    throw why == null ? new SettingsException("The secret " + reference + " was not read") : why;
  }
}
