// node every_call.mjs CONFIG: calls what a music app calls, prints {"call": what became of it} as JSON.
import { SubsonicAPI } from "subsonic-api";

const api = new SubsonicAPI(JSON.parse(process.argv[2]));
const told = {};

async function call(name, args, look = (answer) => answer.status) {
  try {
    told[name] = look(await api[name](args));
  } catch (error) {
    told[name] = `failed: ${error.message ?? error}`;
  }
}

async function bytes(name, args) {
  try {
    const answer = await api[name](args);
    told[name] = [answer.status, answer.headers.get("content-type"), (await answer.arrayBuffer()).byteLength];
  } catch (error) {
    told[name] = `failed: ${error.message ?? error}`;
  }
}

const found = (await api.search3({ query: "", songCount: 10 })).searchResult3;
const song = found.song.find((one) => one.title === "Opening");
const [album, artist] = [found.album[0], found.artist[0]];

for (const name of ["ping", "getLicense", "getMusicFolders", "getIndexes", "getGenres", "getVideos", "getNowPlaying",
  "getPodcasts", "getNewestPodcasts", "getChatMessages", "getUsers", "getScanStatus", "startScan", "getStarred"]) {
  await call(name);
}
await call("getOpenSubsonicExtensions", undefined, (answer) => answer.openSubsonicExtensions.length > 0);
await call("getUser", { username: "ada" }, (answer) => answer.user.username);
await call("getMusicDirectory", { id: artist.id }, (answer) => answer.directory.child[0].title);
await call("getArtists", {}, (answer) => answer.artists.index[0].artist[0].name);
await call("getArtist", { id: artist.id }, (answer) => answer.artist.album[0].name);
await call("getAlbum", { id: album.id }, (answer) => answer.album.song.map((one) => one.title));
await call("getSong", { id: song.id }, (answer) => answer.song.title);
await call("getAlbumList", { type: "newest" }, (answer) => answer.albumList.album.length);
await call("getAlbumList2", { type: "byGenre", genre: "Folk" }, (answer) => answer.albumList2.album.length);
await call("getRandomSongs", { size: 2 }, (answer) => answer.randomSongs.song.length);
await call("getSongsByGenre", { genre: "Jazz" }, (answer) => answer.songsByGenre.song.length);
await call("search2", { query: "mid" }, (answer) => answer.searchResult2.song.length);
await call("search3", { query: '""' }, (answer) => answer.searchResult3.song.length);
for (const name of ["getArtistInfo", "getArtistInfo2", "getSimilarSongs", "getSimilarSongs2"]) {
  await call(name, { id: artist.id });
}
for (const name of ["getAlbumInfo", "getAlbumInfo2"]) await call(name, { id: album.id });
await call("getTopSongs", { artist: artist.name });
await call("getLyrics", { artist: "none", title: "none" }, (answer) => answer.lyrics.value);
await call("getLyricsBySongId", { id: song.id });

await call("star", { id: song.id, albumId: album.id });
await call("getStarred2", {}, (answer) => [answer.starred2.song.length, answer.starred2.album.length]);
await call("unstar", { id: [song.id], albumId: album.id });
await call("setRating", { id: song.id, rating: 0 });
await call("scrobble", { id: song.id, submission: false });
await call("reportPlayback", { mediaId: song.id, mediaType: "song", positionMs: 1, state: "playing" });

let made;
await call("createPlaylist", { name: "Node", songId: found.song.map((one) => one.id) }, (answer) => {
  made = answer.playlist.id;
  return answer.playlist.entry.length;
});
await call("updatePlaylist", { playlistId: made, songIndexToRemove: [0, 1], songIdToAdd: [song.id] });
await call("getPlaylist", { id: made }, (answer) => answer.playlist.entry.length);
await call("getPlaylists", {}, (answer) => answer.playlists.playlist.some((one) => one.id === made));
await call("deletePlaylist", { id: made });

await call("createBookmark", { id: song.id, position: 5 });
await call("getBookmarks", undefined, (answer) => answer.bookmarks.bookmark[0].position);
await call("deleteBookmark", { id: song.id });
await call("savePlayQueue", { id: [song.id], current: song.id, position: 7 });
await call("getPlayQueue", undefined, (answer) => answer.playQueue.position);
await call("createShare", { id: [album.id] }, (answer) => {
  made = answer.shares.share[0].id;
  return answer.shares.share[0].entry.length;
});
await call("updateShare", { id: made, description: "x" });
await call("getShares", undefined, (answer) => answer.shares.share.length);
await call("deleteShare", { id: made });
await call("createInternetRadioStation", { name: "x", streamUrl: "http://radio.example/" });
await call("getInternetRadioStations", undefined, (answer) => {
  made = answer.internetRadioStations.internetRadioStation[0].id;
  return answer.internetRadioStations.internetRadioStation.length;
});
await call("updateInternetRadioStation", { id: made, name: "y", streamUrl: "http://radio.example/" });
await call("deleteInternetRadioStation", { id: made });

await bytes("stream", { id: song.id });
await bytes("download", { id: song.id });
await bytes("getCoverArt", { id: album.coverArt, size: 64 });
await bytes("getAvatar", { username: "ada" });
console.log(JSON.stringify({ told, size: song.size }));
