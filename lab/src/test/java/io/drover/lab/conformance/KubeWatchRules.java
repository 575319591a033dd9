// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static io.drover.lab.conformance.KubeFixture.await;
import static io.drover.lab.conformance.KubeFixture.mergePatch;
import static io.drover.lab.conformance.KubeFixture.quoted;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Watches, over WebSockets as the client prefers them and over plain HTTP, and the informers built
 * on them.
 */
interface KubeWatchRules extends KubeFixture {

  /** Writes down what a watch tells. */
  final class Notes implements Watcher<GenericKubernetesResource> {
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    final CompletableFuture<@Nullable WatcherException> closed = new CompletableFuture<>();

    @Override
    public void eventReceived(Action action, GenericKubernetesResource object) {
      events.add(
          action == Action.BOOKMARK ? "BOOKMARK" : action + " " + object.getMetadata().getName());
    }

    @Override
    public void onClose() {
      closed.complete(null);
    }

    @Override
    public void onClose(WatcherException cause) {
      closed.complete(cause);
    }

    @Nullable String next() throws InterruptedException {
      return events.poll(20, TimeUnit.SECONDS);
    }
  }

  default Watch watch(KubernetesClient client, ListOptions options, Notes notes) {
    return client
        .genericKubernetesResources("kubevirt.io/v1", "VirtualMachine")
        .inNamespace(namespace())
        .watch(options, notes);
  }

  default String versionNow() {
    return client()
        .genericKubernetesResources("kubevirt.io/v1", "VirtualMachine")
        .inNamespace(namespace())
        .list()
        .getMetadata()
        .getResourceVersion();
  }

  default Config overHttp() {
    return new ConfigBuilder(world().admin()).withOnlyHttpWatches(true).build();
  }

  private void threeChanges(Notes notes) throws InterruptedException {
    resource(vm("web-1")).create();
    resource(vm("web-1")).patch(mergePatch(), quoted("{'spec':{'runStrategy':'Always'}}"));
    resource(vm("web-1")).delete();

    assertThat(notes.next()).isEqualTo("ADDED web-1");
    assertThat(notes.next()).isEqualTo("MODIFIED web-1");
    assertThat(notes.next()).isEqualTo("DELETED web-1");
  }

  @Test
  default void a_watch_tells_changes_in_their_order() throws Exception {
    Notes notes = new Notes();
    try (Watch watch = watch(client(), new ListOptions(), notes)) {
      threeChanges(notes);
    }
  }

  @Test
  default void a_watch_over_plain_http_tells_the_same() throws Exception {
    Notes notes = new Notes();
    try (KubernetesClient http = new KubernetesClientBuilder().withConfig(overHttp()).build();
        Watch watch = watch(http, new ListOptions(), notes)) {
      threeChanges(notes);
    }
  }

  @Test
  default void a_watch_goes_on_from_the_version_of_a_list() throws Exception {
    resource(vm("web-1")).create();
    String seen = versionNow();
    resource(vm("web-2")).create();
    Notes notes = new Notes();

    try (Watch watch =
        watch(client(), new ListOptionsBuilder().withResourceVersion(seen).build(), notes)) {
      assertThat(notes.next()).isEqualTo("ADDED web-2");
    }
  }

  @Test
  default void a_watch_without_a_version_begins_with_what_is_there() throws Exception {
    resource(vm("web-1")).create();
    Notes notes = new Notes();

    try (Watch watch = watch(client(), new ListOptions(), notes)) {
      assertThat(notes.next()).isEqualTo("ADDED web-1");
    }
  }

  @Test
  default void a_watch_from_a_forgotten_version_is_told_that_it_is_gone() throws Exception {
    Notes notes = new Notes();

    try (Watch watch =
        watch(client(), new ListOptionsBuilder().withResourceVersion("1").build(), notes)) {
      WatcherException end = notes.closed.get(20, TimeUnit.SECONDS);
      assertThat(end).isNotNull();
      assertThat(end.isHttpGone()).isTrue();
    }
  }

  @Test
  default void what_stops_matching_is_deleted_for_the_watcher() throws Exception {
    Notes notes = new Notes();
    try (Watch watch =
        watch(client(), new ListOptionsBuilder().withLabelSelector("wave=1").build(), notes)) {
      GenericKubernetesResource vm = vm("web-1");
      vm.getMetadata().setLabels(Map.of("wave", "1"));
      resource(vm("web-2")).create();
      resource(vm).create();
      resource(vm).patch(mergePatch(), quoted("{'metadata':{'labels':{'wave':'2'}}}"));
      resource(vm("web-2")).patch(mergePatch(), quoted("{'metadata':{'labels':{'wave':'1'}}}"));

      assertThat(notes.next()).isEqualTo("ADDED web-1");
      assertThat(notes.next()).isEqualTo("DELETED web-1");
      assertThat(notes.next()).isEqualTo("ADDED web-2");
    }
  }

  @Test
  default void a_watch_of_one_object_is_silent_about_others() throws Exception {
    Notes notes = new Notes();
    try (Watch watch =
        watch(
            client(),
            new ListOptionsBuilder().withFieldSelector("metadata.name=web-2").build(),
            notes)) {
      resource(vm("web-1")).create();
      resource(vm("web-2")).create();

      assertThat(notes.next()).isEqualTo("ADDED web-2");
    }
  }

  @Test
  default void bookmarks_come_when_asked_for() throws Exception {
    Notes notes = new Notes();
    ListOptions options =
        new ListOptionsBuilder()
            .withResourceVersion(versionNow())
            .withAllowWatchBookmarks(true)
            .withTimeoutSeconds(6L)
            .build();

    try (Watch watch = watch(client(), options, notes)) {
      resource(vm("web-1")).create();
      assertThat(notes.next()).isEqualTo("ADDED web-1");
      assertThat(notes.next()).isEqualTo("BOOKMARK");
    }
  }

  @Test
  default void an_informer_keeps_up() {
    resource(vm("web-0")).create();
    try (SharedIndexInformer<GenericKubernetesResource> informer =
        client()
            .genericKubernetesResources("kubevirt.io/v1", "VirtualMachine")
            .inNamespace(namespace())
            .inform()) {
      for (int i = 1; i < 30; i++) {
        resource(vm("web-" + i)).create();
      }
      resource(vm("web-0")).delete();

      await("the informer knows 29 VMs", () -> informer.getStore().list().size() == 29);
      assertThat(informer.getStore().getByKey(namespace() + "/web-0")).isNull();
    }
  }
}
